//! One kind of answer of WorkOS: what it said lately, and what it said last.

use std::{borrow::Borrow, hash::Hash};

#[cfg(feature = "rmcp")]
use std::time::{Duration, Instant};

use futures_util::{FutureExt, future::BoxFuture};
#[cfg(feature = "rmcp")]
use quick_cache::sync::Cache;

use crate::{error::Error, limits::Limits, remembered::Remembered};

pub(super) struct Asked<K, V> {
    lately: Remembered<K, V>,
    /// The last good answer, for lists while WorkOS is down.
    #[cfg(feature = "rmcp")]
    last: Cache<K, (V, Instant)>,
    #[cfg(feature = "rmcp")]
    max_stale: Duration,
}

impl<K, V> Asked<K, V>
where
    K: Clone + Eq + Hash + Borrow<K> + Send + Sync,
    V: Clone + Send + Sync,
{
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            lately: Remembered::new(
                limits.authorities,
                limits.authority_ttl,
                limits.authority_failure_ttl,
            ),
            #[cfg(feature = "rmcp")]
            last: Cache::new(
                usize::try_from(limits.authorities)
                    .unwrap_or(1 << 24)
                    .min(1 << 24),
            ),
            #[cfg(feature = "rmcp")]
            max_stale: limits.authority_max_stale,
        }
    }

    /// What it said lately, if it did.
    pub(super) fn now(&self, key: &K) -> Option<V> {
        self.lately.get(key)?.ok()
    }

    pub(super) async fn get<'f>(
        &'f self,
        key: &'f K,
        load: impl FnOnce() -> BoxFuture<'f, Result<V, Error>>,
    ) -> Result<V, Error> {
        let load = || {
            let load = load();
            async {
                let told = load.await;
                #[cfg(feature = "rmcp")]
                if let Ok(value) = &told {
                    self.last
                        .insert(key.clone(), (value.clone(), Instant::now()));
                }
                told
            }
            .boxed()
        };
        self.lately.get_or_load(key, load).await
    }

    /// What it said last, however long ago within the limit.
    #[cfg(feature = "rmcp")]
    pub(super) fn last_known(&self, key: &K) -> Option<V> {
        let (value, told) = self.last.get(key)?;
        (told.elapsed() < self.max_stale).then_some(value)
    }
}
