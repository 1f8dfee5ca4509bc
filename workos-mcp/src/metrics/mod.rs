//! Counters of what the guard decides, with the feature `metrics`.
//!
//! They go to the recorder of the crate [`metrics`](https://docs.rs/metrics) that the application installs, such as
//! `metrics-exporter-prometheus`. Install it before the provider is built, or the counters have no descriptions. Without a
//! recorder they cost next to nothing, and without the feature they are not there at all.
//!
//! The names are constants of this module.
//!
//! | counter | label | counts |
//! |---|---|---|
//! | `workos_mcp_verifications_total` | `kind`: `token`, `api_key` | credentials that were checked, |
//! | | `outcome`: `accepted`, `expired`, `refused`, `unavailable` | by what came of it; `unavailable`: the keys could not be had, or WorkOS did not answer, 503 |
//! | `workos_mcp_verification_cache_total` | `outcome`: `hit`, `miss` | access tokens that were looked for among those verified before |
//! | `workos_mcp_key_fetches_total` | `outcome`: `ok`, `failed` | requests for the key set of an issuer; `failed`: no answer, or no keys in it |
//! | `workos_mcp_authority_lookups_total` | `outcome`: `cached`, `answered`, `failed` | questions about roles, permissions and feature flags: answered from what WorkOS said lately, by WorkOS, or by nobody |
//! | `workos_mcp_refusals_total` | `rule`, below | requests and calls that were refused |
//!
//! The rules that something was refused by:
//!
//! | `rule` | refused because |
//! |---|---|
//! | `sign_in` | nobody is signed in: no bearer token, malformed credentials, or one that was not accepted (401, 400); or a caller without any asked for what is not public |
//! | `user` | a machine called, or the holder of an API key, where only a user can |
//! | `scope` | the token was not granted a scope (403 with a challenge) |
//! | `role`, `permission`, `organization`, `feature_flag` | the rule of a tool, a prompt, a resource or a function does not hold by that |
//! | `any` | none of the ways of an `any(…)` is open |
//! | `require` | the rule for the whole server does not hold |
//! | `host`, `origin` | the request names another host, or comes from another origin |
//! | `session` | the session id is not one of this caller's, or a stream cannot be resumed |
//! | `body` | the request is too large |
//!
//! What cannot be told because WorkOS or its keys cannot be asked is no refusal: it is `unavailable` or `failed` above. What is
//! left out of a list is no refusal either. No label holds anything that a caller, a token or a handler says: their number
//! is fixed.

#[cfg(feature = "metrics")]
mod recorded;
#[cfg(not(feature = "metrics"))]
mod unrecorded;

#[cfg(feature = "metrics")]
pub use recorded::{AUTHORITY_LOOKUPS, KEY_FETCHES, REFUSALS, VERIFICATION_CACHE, VERIFICATIONS};
#[cfg(feature = "metrics")]
pub(crate) use recorded::{
    authority_lookup, describe, key_fetch, refused, remembered, verification,
};
#[cfg(not(feature = "metrics"))]
pub(crate) use unrecorded::{
    authority_lookup, describe, key_fetch, refused, remembered, verification,
};

/// What somebody presents.
#[derive(Clone, Copy)]
pub(crate) enum Credential {
    Token,
    ApiKey,
}

/// What came of it.
#[derive(Clone, Copy)]
pub(crate) enum Verification {
    Accepted,
    Expired,
    Refused,
    Unavailable,
}

/// Who answered.
#[derive(Clone, Copy)]
pub(crate) enum AuthorityLookup {
    Cached,
    Answered,
    Failed,
}
