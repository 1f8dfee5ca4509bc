//! Answers of WorkOS, remembered for a while, each asked for once at a time.

use std::{
    borrow::Borrow,
    convert::Infallible,
    hash::Hash,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, future::BoxFuture};
use quick_cache::sync::Cache;

use crate::error::Error;

/// Answers by what was asked about, failures among them.
///
/// A failure is remembered too, briefly, so that a crowd of callers does not turn an outage into a flood.
pub(crate) struct Remembered<K, V> {
    answers: Lately<K, Result<V, Error>>,
    good: Duration,
    failed: Duration,
}

impl<K, V> Remembered<K, V>
where
    K: Clone + Eq + Hash + Borrow<K>,
    V: Clone,
{
    /// At most so many, for so long when they are good, and when they are failures.
    pub(crate) fn new(most: u64, good: Duration, failed: Duration) -> Self {
        Self {
            answers: Lately::new(most),
            good,
            failed,
        }
    }

    /// The answer that is remembered, if there is one.
    pub(crate) fn get(&self, key: &K) -> Option<Result<V, Error>> {
        self.answers.get(key)
    }

    /// The answer that is remembered, or else the one that `load` gives; see [`Lately::get_or_load`].
    pub(crate) async fn get_or_load<'f>(
        &self,
        key: &K,
        load: impl FnOnce() -> BoxFuture<'f, Result<V, Error>>,
    ) -> Result<V, Error>
    where
        V: Send + 'f,
    {
        if let Some(told) = self.get(key) {
            return told;
        }
        let load = load();
        let (good, failed) = (self.good, self.failed);
        let timed = async move {
            let told = load.await;
            let for_how_long = if told.is_ok() { good } else { failed };
            Ok::<_, Infallible>((told, for_how_long))
        };
        let load = || timed.boxed();
        let Ok(told) = self.answers.get_or_load(key, load).await;
        told
    }
}

/// Answers by what was asked about, each for as long as it was said to be good for.
pub(crate) struct Lately<K, V> {
    answers: Cache<K, Answer<V>>,
}

#[derive(Clone)]
struct Answer<V> {
    told: V,
    until: Instant,
}

impl<K, V> Lately<K, V>
where
    K: Clone + Eq + Hash + Borrow<K>,
    V: Clone,
{
    /// At most so many.
    pub(crate) fn new(most: u64) -> Self {
        Self {
            answers: Cache::new(capacity(most)),
        }
    }

    /// The answer that is remembered, if there is one.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let answer = self.answers.get(key)?;
        if Instant::now() < answer.until {
            return Some(answer.told);
        }
        // Only this one: by now another caller may have a fresh one.
        self.answers
            .remove_if(key, |current| current.until == answer.until);
        None
    }

    /// The answer that is remembered, or else the one that `load` gives, with how long to remember it; its error is not
    /// remembered. Who asks for the same at the same time waits for the one who loads, and the next one loads when
    /// that one hangs up.
    ///
    /// Loading is a large future, so it is made when there is nothing to remember, and kept out of who waits for it.
    pub(crate) async fn get_or_load<'f, E>(
        &self,
        key: &K,
        load: impl FnOnce() -> BoxFuture<'f, Result<(V, Duration), E>>,
    ) -> Result<V, E> {
        if let Some(told) = self.get(key) {
            return Ok(told);
        }
        let load = load();
        let load = async {
            let (told, for_how_long) = load.await?;
            let until = Instant::now() + for_how_long;
            Ok(Answer { told, until })
        };
        let answer = Box::pin(self.answers.get_or_insert_async(key, load)).await?;
        Ok(answer.told)
    }
}

/// What a cache of at most so many entries is made for.
pub(crate) fn capacity(most: u64) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX).min(LARGEST)
}

/// Only sizes the cache's book-keeping.
const LARGEST: usize = 1 << 24;
