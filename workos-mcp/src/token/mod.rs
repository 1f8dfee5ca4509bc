//! Verifying a bearer token.
use crate::{Limits, Session};
use std::{fmt, sync::Arc, time::Duration};
pub(crate) struct VerifierConfig {
    pub issuer: Arc<str>,
    pub key_set_url: url::Url,
    pub audiences: Vec<String>,
    pub client_id: Option<String>,
    pub accept_client_id_audience: bool,
    pub client_ids: Option<Vec<String>>,
    pub limits: Limits,
}
pub(crate) struct Verifier;
impl Verifier {
    pub(crate) fn new(_config: VerifierConfig, _http: reqwest::Client) -> Arc<Self> {
        Arc::new(Self)
    }
    pub(crate) fn check(&self, _token: &str) -> Check {
        Check::NeedsKeys
    }
    pub(crate) async fn verify(self: &Arc<Self>, _token: &str) -> Result<Session, Refusal> {
        Err(Refusal::Expired)
    }
    pub(crate) fn warm_up(self: &Arc<Self>) {}
}
pub(crate) enum Check {
    Verified(Session),
    Refused(Refusal),
    NeedsKeys,
}
pub(crate) enum Refusal {
    Expired,
    Invalid(Reason),
    KeysUnavailable { retry_after: Duration },
}
pub(crate) enum Reason {
    AudienceIsClientId,
    Other,
}
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("x")
    }
}
