//! Keeping the key set fresh before anybody has to wait for it.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{runtime::Handle, time::sleep};

use super::{KeySet, Now, flight::Flights};

/// The longest pause between tries during an outage.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Keeps limits of zero from turning the background into a busy loop.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

impl KeySet {
    /// Sees to it that the refreshing task runs. It may have ended with the runtime it was on.
    pub(super) fn keep_fresh(self: &Arc<Self>, flights: &mut Flights) {
        let runs = flights
            .refresher
            .as_ref()
            .is_some_and(|task| !task.is_finished());
        if runs {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            let task = runtime.spawn(refresh(Arc::downgrade(self)));
            flights.refresher = Some(task.abort_handle());
        }
    }

    /// On use of a set that should have been refreshed by now: the machine slept, the task is gone, or
    /// there is an outage.
    pub(super) fn catch_up(self: &Arc<Self>, now: &Now) {
        // Others see to it already, then; a request need not wait for that.
        let Ok(mut flights) = self.flights.try_lock() else {
            return;
        };
        self.keep_fresh(&mut flights);
        if flights.running(now).is_none() && self.until_due(&flights, now).is_zero() {
            self.start(&mut flights, *now);
        }
    }

    /// How long until the background may ask again.
    fn until_due(&self, flights: &Flights, now: &Now) -> Duration {
        if let Some(failed) = flights.failed() {
            let doublings = flights.failures().saturating_sub(1).min(16);
            let pause = self.limits.key_retry.saturating_mul(1 << doublings);
            let pause = pause.min(LONGEST_PAUSE.max(self.limits.key_retry));
            let pause = pause.max(SHORTEST_PAUSE);
            return pause.saturating_sub(now.instant.saturating_duration_since(failed));
        }
        match self.current.load().as_ref() {
            Some(keys) => {
                let pause = (self.limits.key_refresh / 5 * 4).max(SHORTEST_PAUSE);
                pause.saturating_sub(now.since(&keys.asked))
            }
            None => Duration::ZERO,
        }
    }
}

/// Holds the key set only while it looks, so that a provider that is dropped takes this task with it.
async fn refresh(keys: Weak<KeySet>) {
    loop {
        let next = {
            let (Some(keys), Some(now)) = (keys.upgrade(), Now::read()) else {
                return;
            };
            let mut flights = keys.lock();
            let pause = keys.until_due(&flights, &now);
            if pause.is_zero() {
                let running = flights.running(&now);
                running
                    .or_else(|| keys.start(&mut flights, now))
                    .ok_or(SHORTEST_PAUSE)
            } else {
                Err(pause)
            }
        };
        match next {
            // A fetch that ends without an outcome is no failure that a pause would follow from.
            Ok(joined) => {
                if joined.landed().await.is_none() {
                    sleep(LONGEST_PAUSE).await;
                }
            }
            Err(pause) => sleep(pause).await,
        }
    }
}

impl Drop for KeySet {
    fn drop(&mut self) {
        if let Some(task) = self.lock().refresher.take() {
            task.abort();
        }
    }
}
