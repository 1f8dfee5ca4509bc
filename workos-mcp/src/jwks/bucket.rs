//! How often strangers may make us ask for keys.

use std::time::Duration;

use tokio::time::Instant;

const CAPACITY: u32 = 3;
const REFILL: Duration = Duration::from_secs(30);

/// A bucket of three tokens, one more every thirty seconds.
///
/// Three, so that somebody who burns one just before keys rotate does not delay the rotation.
#[derive(Debug)]
pub(super) struct Bucket {
    tokens: u32,
    /// Since when the next token has been filling.
    filling_since: Instant,
}

impl Bucket {
    pub(super) fn full(now: Instant) -> Self {
        Self {
            tokens: CAPACITY,
            filling_since: now,
        }
    }

    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        if self.tokens == CAPACITY {
            self.filling_since = now;
        }
        let had_one = self.tokens > 0;
        self.tokens = self.tokens.saturating_sub(1);
        had_one
    }

    /// How long until a token can be taken.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        self.fill(now);
        if self.tokens > 0 {
            return Duration::ZERO;
        }
        REFILL.saturating_sub(now.saturating_duration_since(self.filling_since))
    }

    fn fill(&mut self, now: Instant) {
        while self.tokens < CAPACITY && now.saturating_duration_since(self.filling_since) >= REFILL
        {
            self.tokens += 1;
            self.filling_since += REFILL;
        }
    }
}
