//! The time of a decision, read once and handed down.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// Unix seconds: for the times in tokens.
    pub(crate) unix: u64,
    /// For ages and pauses, which no change of the wall clock must shorten.
    pub(crate) instant: Instant,
}

impl Now {
    /// `None` while the wall clock is before 1970.
    pub(crate) fn read() -> Option<Self> {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Some(Self {
            unix: since_epoch.ok()?.as_secs(),
            instant: Instant::now(),
        })
    }

    /// By the clock that says more: the monotonic one stands still while a machine sleeps, the wall
    /// clock may be set back.
    pub(super) fn since(&self, earlier: &Self) -> Duration {
        let monotonic = self.instant.saturating_duration_since(earlier.instant);
        monotonic.max(Duration::from_secs(self.unix.saturating_sub(earlier.unix)))
    }
}
