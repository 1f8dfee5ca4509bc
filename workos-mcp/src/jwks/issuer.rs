//! An issuer without a network, for tests.
#![allow(clippy::unwrap_used, reason = "a poisoned lock is a failed test")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use http::StatusCode;
use tokio::sync::Notify;

use super::{
    KeySet, Signer,
    fetch::{FetchError, Source},
    key_set,
};
use crate::Limits;

/// How long a fetch takes from [`Issuer`].
pub(crate) const TRIP: Duration = Duration::from_millis(50);

/// Answers with what it is told to, and counts.
pub(crate) struct Issuer {
    /// `None` while it is down.
    document: Mutex<Option<String>>,
    fetches: AtomicUsize,
    pub(super) answered: Notify,
}

impl Issuer {
    pub(crate) fn with(signers: &[&Signer]) -> Arc<Self> {
        let issuer = Arc::new(Self {
            document: Mutex::default(),
            fetches: AtomicUsize::new(0),
            answered: Notify::new(),
        });
        issuer.publish(signers);
        issuer
    }

    pub(crate) fn publish(&self, signers: &[&Signer]) {
        let keys: Vec<_> = signers.iter().map(|signer| signer.jwk()).collect();
        self.say(&key_set(&keys));
    }

    pub(crate) fn say(&self, document: &str) {
        *self.document.lock().unwrap() = Some(document.to_owned());
    }

    pub(crate) fn go_down(&self) {
        *self.document.lock().unwrap() = None;
    }

    /// The key set as it is had from here.
    pub(crate) fn keys(self: &Arc<Self>, limits: &Limits) -> Arc<KeySet> {
        KeySet::from_source(Arc::clone(self) as _, limits)
    }

    pub(crate) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Source for Issuer {
    async fn fetch(&self) -> Result<Vec<u8>, FetchError> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let document = self.document.lock().unwrap().clone();
        tokio::time::sleep(TRIP).await;
        self.answered.notify_one();
        let unavailable = FetchError::Status(StatusCode::SERVICE_UNAVAILABLE);
        document.map(String::into_bytes).ok_or(unavailable)
    }

    fn name(&self) -> &'static str {
        "https://issuer.example/oauth2/jwks"
    }
}
