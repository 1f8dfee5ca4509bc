//! One fetch at a time, in a task of its own, for everybody who waits.

use std::{sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    sync::watch,
    task::AbortHandle,
    time::{Instant, timeout, timeout_at},
};

use super::{
    KeySet, Now,
    bucket::Bucket,
    fetch::FetchError,
    keys::{self, Passed},
};
use crate::metrics;

/// How long after its time-out a fetch is given up for lost: its runtime has stopped turning.
const GRACE: Duration = Duration::from_secs(1);
/// Beyond any time-out that makes sense, and within what can be added to a time.
const LONGEST_FETCH: Duration = Duration::from_secs(60 * 60);

/// What is changed under the lock, which is never held for longer than it takes to look.
pub(super) struct Flights {
    /// What strangers' key ids may cost.
    pub(super) bucket: Bucket,
    pub(super) refresher: Option<AbortHandle>,
    count: u64,
    running: Option<Flight>,
    /// How many fetches in a row have failed, and when the last of them did.
    failures: u32,
    failed: Option<Instant>,
    /// What was last reported as not usable.
    passed: Passed,
}

struct Flight {
    number: u64,
    joined: Joined,
}

/// A seat in a fetch that is under way.
#[derive(Clone)]
pub(super) struct Joined {
    landed: watch::Receiver<Option<bool>>,
    lost: Instant,
}

impl Joined {
    /// Whether it brought keys; `None` if it was lost.
    pub(super) async fn landed(mut self) -> Option<bool> {
        let landed = self.landed.wait_for(Option::is_some);
        match timeout_at(self.lost, landed).await {
            Ok(Ok(good)) => *good,
            Ok(Err(_)) | Err(_) => None,
        }
    }
}

impl Flights {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            bucket: Bucket::full(now),
            refresher: None,
            count: 0,
            running: None,
            failures: 0,
            failed: None,
            passed: Passed::default(),
        }
    }

    /// The number of the next fetch.
    pub(super) fn next(&self) -> u64 {
        self.count + 1
    }

    pub(super) fn take_number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// When the last fetch failed, if it did.
    pub(super) fn failed(&self) -> Option<Instant> {
        self.failed
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) fn running(&mut self, now: &Now) -> Option<Joined> {
        self.running.take_if(|flight| {
            flight.joined.landed.has_changed().is_err() || flight.joined.lost <= now.instant
        });
        self.running.as_ref().map(|flight| flight.joined.clone())
    }
}

impl KeySet {
    /// Starts a fetch. The task is nobody's child: a client that hangs up does not end it for the others.
    pub(super) fn start(self: &Arc<Self>, flights: &mut Flights, now: Now) -> Option<Joined> {
        let runtime = Handle::try_current().ok()?;
        let number = flights.take_number();
        let limit = self.limits.fetch_timeout.min(LONGEST_FETCH);
        let (land, landed) = watch::channel(None);
        let source = Arc::clone(&self.source);
        let keys = Arc::downgrade(self);
        runtime.spawn(async move {
            let fetched = timeout(limit, source.fetch()).await;
            if let Some(keys) = keys.upgrade() {
                let fetched = fetched.unwrap_or(Err(FetchError::TimedOut));
                let brought_keys = keys.settle(number, now, fetched);
                metrics::key_fetch(brought_keys);
                land.send_replace(Some(brought_keys));
            }
        });
        let joined = Joined {
            landed,
            lost: now.instant + limit + GRACE,
        };
        flights.running = Some(Flight {
            number,
            joined: joined.clone(),
        });
        Some(joined)
    }

    /// Takes what fetch `number` brought; whether that was keys.
    pub(super) fn settle(
        &self,
        number: u64,
        asked: Now,
        fetched: Result<Vec<u8>, FetchError>,
    ) -> bool {
        let read =
            fetched.and_then(|document| keys::read(&document, self.limits.keys, asked, number));
        let mut flights = self.lock();
        let earlier_failures = flights.failures;
        // A fetch that was given up for lost says nothing about those that came after it.
        let is_newest = number == flights.count;
        flights.running.take_if(|flight| flight.number == number);
        match read {
            Ok((keys, passed)) => {
                self.replace(keys);
                if is_newest {
                    flights.failures = 0;
                    flights.failed = None;
                }
                let is_news = flights.passed != passed;
                flights.passed = passed;
                drop(flights);
                if is_newest && earlier_failures > 0 {
                    tracing::info!(
                        url = self.source.name(),
                        "the issuer's keys can be had again"
                    );
                }
                if is_news {
                    self.report_passed(passed);
                }
                true
            }
            Err(error) => {
                if is_newest {
                    flights.failures = flights.failures.saturating_add(1);
                    flights.failed = Some(Instant::now());
                    drop(flights);
                    self.report_failure(&error, earlier_failures);
                }
                false
            }
        }
    }

    /// The caller holds the lock, so that sets cannot overtake one another.
    fn replace(&self, mut keys: keys::Keys) {
        let current = self.current.load_full();
        if let Some(current) = &current {
            if current.flight > keys.flight {
                return;
            }
            keys.succeed(current);
        }
        for key_id in keys.ids() {
            self.unknown.remove(key_id);
        }
        self.current.store(Some(Arc::new(keys)));
    }

    fn report_failure(&self, error: &FetchError, earlier_failures: u32) {
        let url = self.source.name();
        if earlier_failures > 0 {
            tracing::debug!(url, %error, "the issuer's keys still cannot be had");
        } else if self.current.load().is_some() {
            tracing::warn!(
                url, %error,
                "the issuer's keys cannot be had; tokens are verified with the last ones for {:?} at most",
                self.limits.key_max_stale
            );
        } else {
            tracing::warn!(
                url, %error,
                "the issuer's keys cannot be had; no token can be verified until they can"
            );
        }
    }

    fn report_passed(&self, passed: Passed) {
        let Passed {
            unfit,
            ambiguous,
            beyond_limit,
        } = passed;
        let url = self.source.name();
        if ambiguous > 0 || beyond_limit > 0 {
            tracing::warn!(
                url,
                ambiguous,
                beyond_limit,
                "the issuer's key set has keys that are not used"
            );
        }
        tracing::debug!(url, unfit, "keys that cannot verify tokens passed over");
    }
}
