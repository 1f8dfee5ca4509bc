//! Answers of WorkOS, remembered for a while, each asked once at a time.

use std::{
    hash::Hash,
    time::{Duration, Instant},
};

#[cfg(feature = "rmcp")]
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use moka::{Expiry, future::Cache};

use crate::{error::Error, limits::Limits};

/// Fresh answers, failures among them, and beside them the last good one, for when WorkOS is down.
pub(super) struct Remembered<K, V> {
    fresh: Cache<K, Result<V, Error>>,
    last_known: Cache<K, V>,
}

impl<K, V> Remembered<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            fresh: Cache::builder()
                .max_capacity(limits.authorities)
                .expire_after(Lifetimes {
                    good: limits.authority_ttl,
                    failed: limits.authority_failure_ttl,
                })
                .build(),
            last_known: Cache::builder()
                .max_capacity(limits.authorities)
                .time_to_live(limits.authority_max_stale)
                .build(),
        }
    }

    /// Loading is a large future, so it is made when there is nothing fresh, and kept out of who waits for it.
    pub(super) async fn get<'f>(
        &self,
        key: &K,
        load: impl FnOnce() -> BoxFuture<'f, Result<V, Error>>,
    ) -> Result<V, Error> {
        match self.fresh.get(key).await {
            Some(answer) => answer,
            None => Box::pin(self.load(key, load())).await,
        }
    }

    async fn load(
        &self,
        key: &K,
        load: impl Future<Output = Result<V, Error>>,
    ) -> Result<V, Error> {
        let load = async {
            let loaded = load.await;
            if let Ok(value) = &loaded {
                self.last_known.insert(key.clone(), value.clone()).await;
            }
            loaded
        };
        self.fresh
            .entry_by_ref(key)
            .or_insert_with(load)
            .await
            .into_value()
    }

    /// The fresh answer, if there is one.
    #[cfg(feature = "rmcp")]
    pub(super) fn now(&self, key: &K) -> Option<V> {
        self.fresh.get(key).now_or_never()??.ok()
    }

    #[cfg(feature = "rmcp")]
    pub(super) async fn last_known(&self, key: &K) -> Option<V> {
        self.last_known.get(key).await
    }
}

struct Lifetimes {
    good: Duration,
    failed: Duration,
}

impl<K, V> Expiry<K, Result<V, Error>> for Lifetimes {
    fn expire_after_create(
        &self,
        _: &K,
        answer: &Result<V, Error>,
        _: Instant,
    ) -> Option<Duration> {
        Some(if answer.is_ok() {
            self.good
        } else {
            self.failed
        })
    }
}
