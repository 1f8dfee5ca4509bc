//! The time of a decision, read once and handed down.

use std::{
    cell::Cell,
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

/// For so long the wall clock is taken to go on as the monotonic one does, since each request would wait for both to be read. By
/// as much a token may outlive its end after the clock was set, or the machine slept.
const WALL_CLOCK_GOES_ON: Duration = Duration::from_millis(100);

thread_local! {
    /// When this thread last read the wall clock, and what it said: the time since 1970.
    static WALL_CLOCK: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
}

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
        let instant = Instant::now();
        let since_epoch = since_epoch(instant)?;
        Some(Self {
            unix: since_epoch.as_secs(),
            instant,
        })
    }

    /// By the clock that says more: the monotonic one stands still while a machine sleeps, the wall
    /// clock may be set back.
    pub(super) fn since(&self, earlier: &Self) -> Duration {
        let monotonic = self.instant.saturating_duration_since(earlier.instant);
        monotonic.max(Duration::from_secs(self.unix.saturating_sub(earlier.unix)))
    }
}

fn since_epoch(instant: Instant) -> Option<Duration> {
    if let Some((read, since_epoch)) = WALL_CLOCK.get()
        && let Some(passed) = instant.checked_duration_since(read)
        && passed < WALL_CLOCK_GOES_ON
    {
        return Some(since_epoch + passed);
    }
    let since_epoch = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok();
    WALL_CLOCK.set(since_epoch.map(|since_epoch| (instant, since_epoch)));
    since_epoch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_wall_clock_is_read_again_before_long() {
        let start = Instant::now();
        let elsewhen = Duration::from_secs(1_000_000);
        WALL_CLOCK.set(Some((start, elsewhen)));
        let soon = Duration::from_millis(99);
        assert_eq!(since_epoch(start + soon), Some(elsewhen + soon));
        let later = since_epoch(start + Duration::from_millis(100)).unwrap();
        assert!(later > elsewhen * 1000, "{later:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_wall_clock_is_read_again_when_the_other_one_went_back() {
        let start = Instant::now();
        WALL_CLOCK.set(Some((start + Duration::from_millis(1), Duration::ZERO)));
        assert!(since_epoch(start).unwrap() > Duration::from_secs(1_000_000_000));
    }
}
