//! The benchmarks' way in.

use std::sync::Arc;

use super::{Check, Verifier};
use crate::{Principal, Provider};

/// The verifier of a provider.
#[expect(missing_debug_implementations, reason = "nobody prints a benchmark")]
pub struct Verification(Arc<Verifier>);

impl Verification {
    /// The one that the guard of `provider` asks.
    pub fn of(provider: &Provider) -> Self {
        Self(Arc::clone(provider.verifier()))
    }

    /// What a request with `token` does when the keys are at hand.
    pub fn check(&self, token: &str) -> Option<Principal> {
        match self.0.check(token) {
            Check::Verified(principal) => Some(principal),
            Check::Refused(_) | Check::NeedsKeys => None,
        }
    }

    /// Makes every token one that was never seen.
    pub fn forget(&self) {
        self.0.verified.clear();
    }
}
