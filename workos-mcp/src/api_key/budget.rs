//! How often strangers may make us ask WorkOS.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep_until, timeout_at},
};

const PERIOD: Duration = Duration::from_secs(1);

/// So many questions a second, and as many at once; who comes too early waits for a while, in order.
pub(super) struct Budget {
    /// None when nothing may be asked.
    interval: Option<Duration>,
    longest_wait: Duration,
    /// For who asks, and for as many as can be served while they wait.
    places: Semaphore,
    at_once: Semaphore,
    /// The questions asked so far, laid end to end, an interval each: they may reach no further ahead than a period.
    spent_until: Mutex<Instant>,
}

/// Leave to ask, which counts until it is dropped.
pub(super) struct Leave<'b> {
    _at_once: SemaphorePermit<'b>,
    _place: SemaphorePermit<'b>,
}

impl Budget {
    pub(super) fn new(per_second: u32, longest_wait: Duration, now: Instant) -> Self {
        let at_once = f64::from(per_second);
        let waiting = at_once * longest_wait.as_secs_f64();
        Self {
            interval: PERIOD.checked_div(per_second),
            longest_wait,
            places: semaphore(at_once + waiting.ceil()),
            at_once: semaphore(at_once),
            spent_until: Mutex::new(now),
        }
    }

    /// Leave to ask, as soon as there is some. `None` when there are too many before this one.
    pub(super) async fn take(&self) -> Option<Leave<'_>> {
        let interval = self.interval?;
        let place = self.places.try_acquire().ok()?;
        let deadline = Instant::now() + self.longest_wait;
        let at_once = timeout_at(deadline, self.at_once.acquire()).await;
        let leave = Leave {
            _at_once: at_once.ok()?.ok()?,
            _place: place,
        };
        let now = Instant::now();
        let at = self.spend(interval, now, deadline)?;
        if at > now {
            sleep_until(at).await;
        }
        Some(leave)
    }

    /// When the next question may be asked, if that is in time.
    fn spend(&self, interval: Duration, now: Instant, deadline: Instant) -> Option<Instant> {
        let mut spent_until = self
            .spent_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let spent = (*spent_until).max(now) + interval;
        let ahead = spent.saturating_duration_since(now);
        let at = now + ahead.saturating_sub(PERIOD);
        if at > deadline {
            return None;
        }
        *spent_until = spent;
        Some(at)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of what is too large gives the largest, and there is nothing negative here"
)]
fn semaphore(permits: f64) -> Semaphore {
    Semaphore::new((permits as usize).min(Semaphore::MAX_PERMITS))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt;
    use tokio::{
        task::coop::unconstrained,
        time::{advance, timeout},
    };

    use super::*;

    const LONGEST_WAIT: Duration = Duration::from_secs(2);

    fn budget(per_second: u32) -> Arc<Budget> {
        Arc::new(Budget::new(per_second, LONGEST_WAIT, Instant::now()))
    }

    /// How many may ask now, who are done at once.
    fn taken(budget: &Budget) -> usize {
        let may = |_: &usize| matches!(unconstrained(budget.take()).now_or_never(), Some(Some(_)));
        (0..1000).take_while(may).count()
    }

    /// One after another who waits in line, and when each may ask and is done.
    fn line(
        budget: &Arc<Budget>,
        many: usize,
    ) -> Vec<tokio::task::JoinHandle<Option<(usize, Duration)>>> {
        let began = Instant::now();
        let one = |number| {
            let budget = Arc::clone(budget);
            tokio::spawn(async move {
                let leave = budget.take().await;
                leave.map(|_| (number, began.elapsed()))
            })
        };
        (0..many).map(one).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_a_second_however_long_it_was_quiet() {
        let budget = budget(10);
        assert_eq!(taken(&budget), 10);
        // The first who has to wait has gone, but their turn was theirs.
        assert_eq!(taken(&budget), 0);
        advance(Duration::from_millis(700)).await;
        assert_eq!(taken(&budget), 5);
        advance(Duration::from_secs(60)).await;
        assert_eq!(taken(&budget), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_too_early_waits_in_order_and_no_longer_than_so_long() {
        let budget = budget(10);
        let mut asked = Vec::new();
        let mut refused = 0;
        for one in line(&budget, 100) {
            match one.await.unwrap() {
                Some(one) => asked.push(one),
                None => refused += 1,
            }
        }
        let numbers: Vec<_> = asked.iter().map(|(number, _)| *number).collect();
        // Ten at once, and twenty in the two seconds that they wait at most.
        assert_eq!(numbers, (0..30).collect::<Vec<_>>());
        assert_eq!(refused, 70);
        for (number, after) in asked {
            let turns = u32::try_from(number.saturating_sub(9)).unwrap();
            let expected = Duration::from_millis(100) * turns;
            let late = after.checked_sub(expected).unwrap();
            assert!(
                late < Duration::from_millis(50),
                "{number}: {after:?}, not {expected:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_at_once() {
        let budget = budget(2);
        let (first, second) = (budget.take().await, budget.take().await);
        assert!(first.is_some() && second.is_some());
        advance(Duration::from_secs(60)).await;
        let began = Instant::now();
        assert!(budget.take().await.is_none());
        assert!(began.elapsed() >= LONGEST_WAIT);
        let mut next = Box::pin(budget.take());
        assert!(next.as_mut().now_or_never().is_none());
        drop(first);
        assert!(timeout(Duration::ZERO, next).await.unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_leaves_their_place() {
        let budget = budget(1);
        let asks = budget.take().await;
        for _ in 0..100 {
            assert!(unconstrained(budget.take()).now_or_never().is_none());
        }
        drop(asks);
        assert!(budget.take().await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn none_at_all_and_very_many_are_budgets_too() {
        assert_eq!(taken(&budget(0)), 0);
        assert_eq!(taken(&budget(u32::MAX)), 1000);
        let year = Duration::from_secs(365 * 24 * 60 * 60);
        let endless = Budget::new(u32::MAX, year, Instant::now());
        assert_eq!(taken(&endless), 1000);
    }
}
