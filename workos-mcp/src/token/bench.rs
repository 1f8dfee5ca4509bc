//! The benchmarks' way in.

use std::sync::Arc;

use url::Url;

use super::{Check, Issuer, Verifier, VerifierConfig};
use crate::{Limits, Session, jwks::KeySet};

/// A verifier whose keys are at hand.
#[expect(missing_debug_implementations, reason = "nobody prints a benchmark")]
pub struct Verification(Arc<Verifier>);

impl Verification {
    /// Trusts `key_set`, a JWKS document, without fetching anything.
    pub fn new(issuer: &Url, audience: &str, key_set: &str) -> Self {
        let limits = Limits::default();
        let keys = KeySet::fixed(key_set, &limits);
        let config = VerifierConfig {
            audiences: vec![audience.to_owned()],
            client_id: None,
            accept_client_id_audience: false,
            client_ids: None,
            machines: Vec::new(),
            limits,
        };
        let name = issuer.as_str().trim_end_matches('/').into();
        Self(Verifier::new(config, vec![Issuer::with_keys(name, keys)]))
    }

    /// What a request with `token` does.
    pub fn check(&self, token: &str) -> Option<Session> {
        match self.0.check(token) {
            Check::Verified(principal) => principal.user().cloned(),
            Check::Refused(_) | Check::NeedsKeys => None,
        }
    }

    /// Makes every token one that was never seen.
    pub fn forget(&self) {
        self.0.verified.clear();
    }
}
