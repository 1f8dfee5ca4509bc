#![allow(clippy::unwrap_used, reason = "a test says what must not fail")]

mod document;
mod fetch;
mod flight;
mod refresh;
mod reports;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::json;
use tokio::time::Instant;

use super::{
    Issuer, KeySet, Lookup, Missing, Now, Signer,
    bucket::Bucket,
    fetch::{FetchError, Source},
    issuer::TRIP,
    key_set,
};
use crate::Limits;

fn keys_of(issuer: &Arc<Issuer>) -> Arc<KeySet> {
    issuer.keys(&Limits::default())
}

/// The first signer's key at hand, without the task that refreshes it.
async fn loaded(issuer: &Arc<Issuer>) -> Arc<KeySet> {
    let keys = keys_of(issuer);
    keys.bring(Signer::first().key_id).await.unwrap();
    let refresher = keys.lock().refresher.take().unwrap();
    refresher.abort();
    // A task that refreshes is put there, so that none is started again.
    keys.lock().refresher = Some(tokio::spawn(std::future::pending::<()>()).abort_handle());
    keys
}

async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

fn now() -> Now {
    Now::read().unwrap()
}

fn unavailable(seconds: u64) -> Missing {
    Missing::Unavailable {
        retry_after: Duration::from_secs(seconds),
    }
}
