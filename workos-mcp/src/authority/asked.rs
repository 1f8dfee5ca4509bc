//! One kind of answer of WorkOS: what it said lately, and what it said last.

#[cfg(feature = "rmcp")]
use std::time::Instant;
use std::{borrow::Borrow, hash::Hash, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
#[cfg(feature = "rmcp")]
use quick_cache::sync::Cache;

#[cfg(feature = "rmcp")]
use crate::remembered::capacity;
use crate::{error::Error, limits::Limits, remembered::Remembered};

/// A load that ends at its deadline is remembered as a failure, so it must end before the wait for it does.
const BACKSTOP: Duration = Duration::from_millis(50);

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
            last: Cache::new(capacity(limits.authorities)),
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
        deadline: tokio::time::Instant,
        load: impl FnOnce() -> BoxFuture<'f, Result<V, Error>>,
    ) -> Result<V, Error> {
        let load = || {
            let load = load();
            async move {
                let told = tokio::time::timeout_at(deadline, load)
                    .await
                    .unwrap_or_else(|_| late());
                #[cfg(feature = "rmcp")]
                if let Ok(value) = &told {
                    self.last
                        .insert(key.clone(), (value.clone(), Instant::now()));
                }
                told
            }
            .boxed()
        };
        // Who waits for another's load waits no longer than that, and for one of its own after it no longer either.
        tokio::time::timeout_at(deadline + BACKSTOP, self.lately.get_or_load(key, load))
            .await
            .unwrap_or_else(|_| late())
    }

    /// What it said last, however long ago within the limit.
    #[cfg(feature = "rmcp")]
    pub(super) fn last_known(&self, key: &K) -> Option<V> {
        let (value, told) = self.last.get(key)?;
        (told.elapsed() < self.max_stale).then_some(value)
    }
}

fn late<V>() -> Result<V, Error> {
    Err(Error::workos_timed_out("roles and permissions"))
}
