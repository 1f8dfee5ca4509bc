//! Answers of WorkOS, remembered for a while, each asked for once at a time.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use quick_cache::sync::Cache;
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, timeout_at},
};
use tracing::Instrument;

use crate::error::Error;

/// A question that ends at its deadline is remembered as a failure, so it must end before the wait for it does.
const BACKSTOP: Duration = Duration::from_millis(50);

/// Answers by what was asked about, failures among them.
///
/// A failure is remembered too, briefly, so that a crowd of callers does not turn an outage into a flood.
pub(crate) struct Remembered<K: Eq + Hash, V> {
    answers: Lately<K, Result<V, Error>>,
    /// What is asked, for who is told that there was no answer in time.
    call: &'static str,
    good: Duration,
    failed: Duration,
}

impl<K, V> Remembered<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// At most so many, for so long when they are good, and when they are failures.
    pub(crate) fn new(call: &'static str, most: u64, good: Duration, failed: Duration) -> Self {
        Self {
            answers: Lately::new(most),
            call,
            good,
            failed,
        }
    }

    /// The answer that is remembered, if there is one.
    pub(crate) fn get(&self, key: &K) -> Option<Result<V, Error>> {
        self.answers.get(key)
    }

    #[cfg(all(feature = "__bench", feature = "rmcp"))]
    pub(crate) fn remember(&self, key: &K, value: V) {
        self.answers.0.remember(key, &Ok(value), self.good);
    }

    /// The answer that is remembered, or else the one that `load` gives until then; see [`Lately::get_or_load`].
    pub(crate) async fn get_or_load(
        &self,
        key: &K,
        deadline: Instant,
        load: impl FnOnce() -> BoxFuture<'static, Result<V, Error>>,
    ) -> Result<V, Error> {
        let (call, good, failed) = (self.call, self.good, self.failed);
        let timed = || {
            let load = load();
            async move {
                let told = timeout_at(deadline, load).await;
                let told = told.unwrap_or_else(|_| Err(Error::workos_timed_out(call)));
                let for_how_long = if told.is_ok() { good } else { failed };
                (told, for_how_long)
            }
            .boxed()
        };
        let told = self.answers.get_or_load(key, deadline, timed).await;
        told.unwrap_or_else(|| Err(Error::workos_timed_out(call)))
    }
}

/// Answers by what was asked about, each for as long as it was said to be good for.
pub(crate) struct Lately<K: Eq + Hash, V>(Arc<Answers<K, V>>);

struct Answers<K: Eq + Hash, V> {
    remembered: Cache<K, Answer<V>>,
    /// The questions that are out.
    out: Mutex<HashMap<K, Out<V>>>,
}

#[derive(Clone)]
struct Answer<V> {
    told: V,
    until: Instant,
}

/// A question that is out.
struct Out<V> {
    landed: watch::Receiver<Option<V>>,
    /// When it is given up for lost: its runtime has stopped turning.
    lost: Instant,
}

impl<K, V> Lately<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// At most so many.
    pub(crate) fn new(most: u64) -> Self {
        Self(Arc::new(Answers {
            remembered: Cache::new(capacity(most)),
            out: Mutex::default(),
        }))
    }

    /// The answer that is remembered, if there is one.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.0.get(key)
    }

    /// The answer that is remembered, or else the one that `load` gives, with how long to remember it; `None` if none came in time.
    /// Who asks for the same at the same time gets the same answer.
    ///
    /// Loading is a task of its own that is nobody's child: who hangs up does not end it for the others, and cannot have WorkOS
    /// asked again by asking again.
    pub(crate) async fn get_or_load(
        &self,
        key: &K,
        deadline: Instant,
        load: impl FnOnce() -> BoxFuture<'static, (V, Duration)>,
    ) -> Option<V> {
        if let Some(told) = self.get(key) {
            return Some(told);
        }
        let mut landed = match self.0.join(key, deadline, load)? {
            Joined::Landed(told) => return Some(told),
            Joined::Out(landed) => landed,
        };
        let landed = landed.wait_for(Option::is_some);
        // Who waits for another's question waits no longer than for one of their own.
        match timeout_at(deadline + BACKSTOP, landed).await {
            Ok(Ok(told)) => told.clone(),
            Ok(Err(_)) | Err(_) => None,
        }
    }
}

enum Joined<V> {
    Landed(V),
    Out(watch::Receiver<Option<V>>),
}

impl<K, V> Answers<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn get(&self, key: &K) -> Option<V> {
        let answer = self.remembered.get(key)?;
        if Instant::now() < answer.until {
            return Some(answer.told);
        }
        // Only this one: by now another caller may have a fresh one.
        self.remembered
            .remove_if(key, |current| current.until == answer.until);
        None
    }

    fn remember(&self, key: &K, told: &V, for_how_long: Duration) {
        if !for_how_long.is_zero() {
            let answer = Answer {
                told: told.clone(),
                until: Instant::now() + for_how_long,
            };
            self.remembered.insert(key.clone(), answer);
        }
    }

    /// The question about it that is out, or else a new one.
    fn join(
        self: &Arc<Self>,
        key: &K,
        deadline: Instant,
        load: impl FnOnce() -> BoxFuture<'static, (V, Duration)>,
    ) -> Option<Joined<V>> {
        let mut out = self.out();
        // It may have landed since that was looked at last.
        if let Some(told) = self.get(key) {
            return Some(Joined::Landed(told));
        }
        if let Some(question) = out.get(key)
            && Instant::now() < question.lost
        {
            return Some(Joined::Out(question.landed.clone()));
        }
        let runtime = Handle::try_current().ok()?;
        let (land, landed) = watch::channel(None);
        let question = Out {
            landed: landed.clone(),
            lost: deadline + BACKSTOP,
        };
        out.insert(key.clone(), question);
        drop(out);
        let asking = Asking {
            answers: Arc::clone(self),
            key: key.clone(),
            landed: landed.clone(),
        };
        let load = load();
        let task = async move {
            let (told, for_how_long) = load.await;
            asking.answers.remember(&asking.key, &told, for_how_long);
            drop(asking);
            land.send_replace(Some(told));
        };
        runtime.spawn(task.in_current_span());
        Some(Joined::Out(landed))
    }
}

impl<K: Eq + Hash, V> Answers<K, V> {
    fn out(&self) -> MutexGuard<'_, HashMap<K, Out<V>>> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question is out no more when its task ends, however it does.
struct Asking<K: Eq + Hash, V> {
    answers: Arc<Answers<K, V>>,
    key: K,
    landed: watch::Receiver<Option<V>>,
}

impl<K: Eq + Hash, V> Drop for Asking<K, V> {
    fn drop(&mut self) {
        let mut out = self.answers.out();
        // After one that was given up for lost there may be another.
        if let Some(question) = out.get(&self.key)
            && question.landed.same_channel(&self.landed)
        {
            out.remove(&self.key);
        }
    }
}

/// What a cache of at most so many entries is made for.
pub(crate) fn capacity(most: u64) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX).min(LARGEST)
}

/// Only sizes the cache's book-keeping.
const LARGEST: usize = 1 << 24;

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, ready},
        sync::atomic::{AtomicUsize, Ordering},
    };

    use tokio::{
        runtime::{Builder, Runtime},
        task::yield_now,
        time::{advance, sleep},
    };

    use super::*;

    const KEY: &str = "key";
    const TRIP: Duration = Duration::from_millis(100);
    const TTL: Duration = Duration::from_secs(1);
    const TIMEOUT: Duration = Duration::from_secs(2);

    /// Counts the questions that reach it, and answers with their number.
    #[derive(Clone, Default)]
    struct Answerer(Arc<AtomicUsize>);

    impl Answerer {
        fn asked(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }

        fn answer(&self, for_how_long: Duration) -> BoxFuture<'static, (usize, Duration)> {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            async move {
                sleep(TRIP).await;
                (number, for_how_long)
            }
            .boxed()
        }
    }

    fn lately() -> Arc<Lately<&'static str, usize>> {
        Arc::new(Lately::new(10))
    }

    fn deadline() -> Instant {
        Instant::now() + TIMEOUT
    }

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_time().build().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn who_hangs_up_again_and_again_asks_once() {
        let (lately, answerer) = (lately(), Answerer::default());
        for _ in 0..100 {
            let caller = tokio::spawn({
                let (lately, answerer) = (Arc::clone(&lately), answerer.clone());
                async move {
                    let load = || answerer.answer(TTL);
                    lately.get_or_load(&KEY, deadline(), load).await
                }
            });
            yield_now().await;
            caller.abort();
            assert!(caller.await.unwrap_err().is_cancelled());
        }
        assert_eq!(answerer.asked(), 1);
        // It goes on without them, and is remembered.
        sleep(TRIP * 2).await;
        assert_eq!(lately.get(&KEY), Some(1));
        advance(TTL).await;
        assert_eq!(lately.get(&KEY), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_shares_one_answer_also_when_it_is_not_remembered() {
        let (lately, answerer) = (lately(), Answerer::default());
        for round in 1..=2 {
            let crowd = (0..100).map(|_| {
                let load = || answerer.answer(Duration::ZERO);
                lately.get_or_load(&KEY, deadline(), load)
            });
            let told = futures_util::future::join_all(crowd).await;
            assert!(told.into_iter().all(|told| told == Some(round)));
        }
        assert_eq!(answerer.asked(), 2);
        assert_eq!(lately.get(&KEY), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_is_lost_is_told_to_nobody_and_asked_anew() {
        let (lately, answerer) = (lately(), Answerer::default());
        let lost = || async { panic!("the loader of this test panics") }.boxed();
        assert_eq!(lately.get_or_load(&KEY, deadline(), lost).await, None);
        let load = || answerer.answer(TTL);
        assert_eq!(lately.get_or_load(&KEY, deadline(), load).await, Some(1));
        assert!(lately.0.out().is_empty());
    }

    #[test]
    fn a_question_of_a_runtime_that_is_gone_or_stands_still_is_not_waited_for_for_ever() {
        let (lately, answerer) = (lately(), Answerer::default());
        let start_in = |runtime: &Runtime| {
            runtime.block_on(async {
                let load = || pending().boxed();
                let asked = lately.get_or_load(&KEY, Instant::now() + TRIP, load);
                assert_eq!(asked.now_or_never(), None);
            });
        };
        let ask_in = |runtime: &Runtime| {
            runtime.block_on(async {
                let load = || answerer.answer(Duration::ZERO);
                let answer = lately.get_or_load(&KEY, Instant::now() + TRIP * 2, load);
                answer.await
            })
        };
        let (gone, stands_still, other) = (runtime(), runtime(), runtime());
        start_in(&gone);
        drop(gone);
        assert_eq!(ask_in(&other), Some(1));
        start_in(&stands_still);
        assert_eq!(ask_in(&other), None);
        assert_eq!(ask_in(&other), Some(2));
        drop(stands_still);
        assert!(lately.0.out().is_empty());
    }

    #[test]
    fn outside_of_a_runtime_nothing_is_asked() {
        let lately = lately();
        let load = || ready((1, TTL)).boxed();
        let asked = lately.get_or_load(&KEY, deadline(), load).now_or_never();
        assert_eq!(asked, Some(None));
        assert!(lately.0.out().is_empty());
    }
}
