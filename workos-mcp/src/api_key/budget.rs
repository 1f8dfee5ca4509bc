//! How often strangers may make us ask WorkOS.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{Semaphore, SemaphorePermit};

const PERIOD: Duration = Duration::from_secs(1);

/// So many questions a second, and as many at once.
pub(super) struct Budget {
    /// None when nothing may be asked.
    interval: Option<Duration>,
    /// The questions asked so far, laid end to end, an interval each: they may reach no further ahead than a period.
    spent_until: Mutex<Instant>,
    at_once: Semaphore,
}

impl Budget {
    pub(super) fn new(per_second: u32, now: Instant) -> Self {
        Self {
            interval: PERIOD.checked_div(per_second),
            spent_until: Mutex::new(now),
            at_once: Semaphore::new(
                usize::try_from(per_second)
                    .unwrap_or(Semaphore::MAX_PERMITS)
                    .min(Semaphore::MAX_PERMITS),
            ),
        }
    }

    /// Leave to ask, which counts until it is dropped.
    pub(super) fn take(&self, now: Instant) -> Option<SemaphorePermit<'_>> {
        let interval = self.interval?;
        let permit = self.at_once.try_acquire().ok()?;
        let mut spent_until = self
            .spent_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let spent = (*spent_until).max(now) + interval;
        if spent.saturating_duration_since(now) > PERIOD {
            return None;
        }
        *spent_until = spent;
        Some(permit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(budget: &Budget, now: Instant) -> usize {
        (0..1000).filter(|_| budget.take(now).is_some()).count()
    }

    #[test]
    fn no_more_than_so_many_a_second_however_long_it_was_quiet() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let budget = Budget::new(10, start);
        assert_eq!(taken(&budget, start), 10);
        assert_eq!(taken(&budget, at(99)), 0);
        assert_eq!(taken(&budget, at(100)), 1);
        assert_eq!(taken(&budget, at(600)), 5);
        assert_eq!(taken(&budget, at(60_000)), 10);
        // A clock of another core may be a little behind.
        assert_eq!(taken(&budget, at(59_999)), 0);
    }

    #[test]
    fn no_more_than_so_many_at_once() {
        let start = Instant::now();
        let budget = Budget::new(2, start);
        let (first, second) = (budget.take(start), budget.take(start));
        assert!(first.is_some() && second.is_some());
        let later = start + Duration::from_secs(60);
        assert!(budget.take(later).is_none());
        drop(first);
        assert!(budget.take(later).is_some());
    }

    #[test]
    fn none_at_all_and_very_many_are_budgets_too() {
        let start = Instant::now();
        assert_eq!(taken(&Budget::new(0, start), start), 0);
        assert_eq!(taken(&Budget::new(u32::MAX, start), start), 1000);
    }
}
