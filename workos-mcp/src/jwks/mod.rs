//! The key set of an issuer: which key has this id, now?
//!
//! A key that is known is found without waiting, whatever the network does. Everything else (a first load, a refresh,
//! a key id never seen) goes through [`flight`]: one fetch at a time for all who wait.

mod bucket;
mod clock;
mod fetch;
#[cfg(any(test, feature = "__fuzz"))]
mod fixed;
mod flight;
#[cfg(test)]
mod issuer;
mod keys;
#[cfg(feature = "__fuzz")]
pub(crate) mod properties;
mod refresh;
#[cfg(test)]
mod signer;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use quick_cache::sync::Cache;
use tokio::time::Instant;
use url::Url;

pub(crate) use self::{
    clock::Now,
    keys::{Generation, Key},
};
use self::{
    fetch::{HttpSource, Source},
    flight::{Flights, Joined},
    keys::Keys,
};
#[cfg(test)]
pub(crate) use self::{
    issuer::{Issuer, TRIP},
    signer::{Signer, key_set},
};
use crate::Limits;

/// The longest key id that is looked up or remembered.
pub(crate) const KEY_ID_BYTES: usize = 256;

/// HTTP's `Retry-After` knows no less.
const SHORTEST_RETRY: Duration = Duration::from_secs(1);

pub(crate) struct KeySet {
    source: Arc<dyn Source>,
    limits: Limits,
    /// The last good set, however old.
    current: ArcSwapOption<Keys>,
    flights: Mutex<Flights>,
    /// Key ids that no key set had, and until when that is taken as an answer.
    unknown: Cache<Box<str>, Instant>,
}

/// What is known of a key id without waiting.
#[derive(Debug)]
pub(crate) enum Lookup {
    Found(Arc<Key>),
    Missing(Missing),
    /// A fetch may bring it.
    MayCome,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The issuer has no such key.
    Unknown,
    /// The issuer cannot be asked.
    Unavailable { retry_after: Duration },
}

fn unavailable(retry_after: Duration) -> Missing {
    Missing::Unavailable {
        retry_after: retry_after.max(SHORTEST_RETRY),
    }
}

enum Verdict {
    Found(Arc<Key>),
    Missing(Missing),
    Join(Joined),
    /// `charged`: a stranger's wish, paid for from the bucket.
    Fetch {
        charged: bool,
    },
}

impl KeySet {
    pub(crate) fn new(url: Url, http: reqwest::Client, limits: &Limits) -> Arc<Self> {
        let source = HttpSource::new(url, http, limits.key_set_bytes);
        Self::from_source(Arc::new(source), limits)
    }

    fn from_source(source: Arc<dyn Source>, limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            source,
            limits: limits.clone(),
            current: ArcSwapOption::empty(),
            flights: Mutex::new(Flights::new(Instant::now())),
            unknown: Cache::new(limits.unknown_key_ids),
        })
    }

    /// Whether what a key of this generation signed still counts: the issuer still has it, as far as is known,
    /// and that is known recently enough.
    pub(crate) fn vouches(self: &Arc<Self>, generation: Generation, now: &Now) -> bool {
        let current = self.current.load();
        let usable = current.as_ref().filter(|keys| self.may_use(keys, now));
        usable.is_some_and(|keys| keys.has(generation))
    }

    /// The key, if it is at hand.
    pub(crate) fn find(self: &Arc<Self>, key_id: &str, now: &Now) -> Option<Arc<Key>> {
        let current = self.current.load();
        let keys = current.as_ref().filter(|keys| self.may_use(keys, now))?;
        keys.find(key_id).cloned()
    }

    /// The key whose tokens had this very header before, which then need not be read again.
    pub(crate) fn recognize(self: &Arc<Self>, header: &str, now: &Now) -> Option<Arc<Key>> {
        let current = self.current.load();
        let keys = current.as_ref().filter(|keys| self.may_use(keys, now))?;
        keys.recognize(header).cloned()
    }

    /// What can be said at once of a key that is not at hand.
    pub(crate) fn look_up(&self, key_id: &str, now: &Now) -> Lookup {
        let mut flights = self.lock();
        let next = flights.next();
        match self.judge(key_id, next, now, &mut flights) {
            Verdict::Found(key) => Lookup::Found(key),
            Verdict::Missing(missing) => Lookup::Missing(missing),
            Verdict::Join(_) | Verdict::Fetch { .. } => Lookup::MayCome,
        }
    }

    /// The key, fetched if need be. Waits for two fetches at most: one that others began too early for this
    /// key, and one of its own.
    pub(crate) async fn bring(self: &Arc<Self>, key_id: &str) -> Result<Arc<Key>, Missing> {
        let mut arrival = None;
        // One more round for a fetch that died with its runtime.
        for _ in 0..3 {
            // Without a clock no age can be told; whoever asks has refused the token before coming here.
            let Some(now) = Now::read() else { break };
            let joined = {
                let mut flights = self.lock();
                let arrival = *arrival.get_or_insert_with(|| flights.next());
                match self.judge(key_id, arrival, &now, &mut flights) {
                    Verdict::Found(key) => return Ok(key),
                    Verdict::Missing(missing) => return Err(missing),
                    Verdict::Join(joined) => Some(joined),
                    Verdict::Fetch { charged } => {
                        if charged {
                            flights.bucket.take(now.instant);
                        }
                        self.keep_fresh(&mut flights);
                        self.start(&mut flights, now)
                    }
                }
            };
            let Some(joined) = joined else { break };
            if joined.landed().await == Some(false) {
                break;
            }
        }
        Err(unavailable(self.limits.key_retry))
    }

    /// Starts loading keys and keeping them fresh. Does nothing outside of a tokio runtime.
    #[cfg(feature = "rmcp")]
    pub(crate) fn warm_up(self: &Arc<Self>) {
        let Some(now) = Now::read() else { return };
        let mut flights = self.lock();
        self.keep_fresh(&mut flights);
        if self.current.load().is_none() && flights.running(&now).is_none() {
            self.start(&mut flights, now);
        }
    }

    /// Asks for a new set, in the background, when this one is old.
    fn may_use(self: &Arc<Self>, keys: &Keys, now: &Now) -> bool {
        let age = now.since(&keys.asked);
        if age >= self.limits.key_refresh {
            self.catch_up(now);
        }
        age < self.limits.key_max_stale
    }

    /// `arrival` is the number of the first fetch that began after the token came.
    fn judge(&self, key_id: &str, arrival: u64, now: &Now, flights: &mut Flights) -> Verdict {
        let current = self.current.load();
        let usable = current
            .as_ref()
            .filter(|keys| now.since(&keys.asked) < self.limits.key_max_stale);
        if let Some(key) = usable.and_then(|keys| keys.find(key_id)) {
            return Verdict::Found(Arc::clone(key));
        }
        // While the issuer cannot be asked, nobody can say that a key is unknown.
        let may_be_sure = usable.is_some() && flights.failed().is_none();
        if may_be_sure && self.is_known_unknown(key_id, now.instant) {
            return Verdict::Missing(Missing::Unknown);
        }
        if let Some(joined) = flights.running(now) {
            return Verdict::Join(joined);
        }
        if let Some(failed) = flights.failed() {
            let pause = self.limits.key_retry;
            let past = now.instant.saturating_duration_since(failed);
            if past < pause {
                return Verdict::Missing(unavailable(pause.saturating_sub(past)));
            }
        }
        let Some(keys) = usable else {
            return Verdict::Fetch { charged: false };
        };
        if keys.flight >= arrival && may_be_sure {
            let end = now.instant.checked_add(self.limits.unknown_key_id_ttl);
            if let Some(end) = end {
                self.unknown.insert(key_id.into(), end);
            }
            return Verdict::Missing(Missing::Unknown);
        }
        let wait = flights.bucket.wait(now.instant);
        if wait.is_zero() {
            return Verdict::Fetch { charged: true };
        }
        Verdict::Missing(if may_be_sure {
            Missing::Unknown
        } else {
            unavailable(wait)
        })
    }

    fn is_known_unknown(&self, key_id: &str, now: Instant) -> bool {
        self.unknown.get(key_id).is_some_and(|end| now < end)
    }

    fn lock(&self) -> MutexGuard<'_, Flights> {
        // Nothing in it can be left half changed.
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
