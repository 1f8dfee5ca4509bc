//! One kind of answer of WorkOS: what it said lately, and what it said last.

use std::hash::Hash;
#[cfg(feature = "rmcp")]
use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
#[cfg(feature = "rmcp")]
use futures_util::{FutureExt, TryFutureExt};
#[cfg(feature = "rmcp")]
use quick_cache::sync::Cache;
use tokio::time::Instant;

#[cfg(feature = "rmcp")]
use crate::remembered::capacity;
use crate::{error::Error, limits::Limits, remembered::Remembered};

pub(super) struct Asked<K: Eq + Hash, V> {
    lately: Remembered<K, V>,
    /// The last good answer, for lists while WorkOS is down.
    #[cfg(feature = "rmcp")]
    last: Arc<Cache<K, (V, Instant)>>,
    #[cfg(feature = "rmcp")]
    max_stale: Duration,
}

impl<K, V> Asked<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            lately: Remembered::new(
                "roles and permissions",
                limits.authorities,
                limits.authority_ttl,
                limits.authority_failure_ttl,
            ),
            #[cfg(feature = "rmcp")]
            last: Arc::new(Cache::new(capacity(limits.authorities))),
            #[cfg(feature = "rmcp")]
            max_stale: limits.authority_max_stale,
        }
    }

    /// What it said lately, if it did.
    pub(super) fn now(&self, key: &K) -> Option<V> {
        self.lately.get(key)?.ok()
    }

    #[cfg(all(feature = "__bench", feature = "rmcp"))]
    pub(super) fn remember(&self, key: &K, value: V) {
        self.lately.remember(key, value);
    }

    pub(super) async fn get(
        &self,
        key: &K,
        deadline: Instant,
        load: impl FnOnce() -> BoxFuture<'static, Result<V, Error>>,
    ) -> Result<V, Error> {
        #[cfg(feature = "rmcp")]
        let load = || {
            let (last, key) = (Arc::clone(&self.last), key.clone());
            load()
                .inspect_ok(move |value| last.insert(key, (value.clone(), Instant::now())))
                .boxed()
        };
        self.lately.get_or_load(key, deadline, load).await
    }

    /// What it said last, however long ago within the limit.
    #[cfg(feature = "rmcp")]
    pub(super) fn last_known(&self, key: &K) -> Option<V> {
        let (value, told) = self.last.get(key)?;
        (told.elapsed() < self.max_stale).then_some(value)
    }
}
