//! The counters themselves. Where a request may come by often, labels are literals: then the key of the counter is static.

use ::metrics::{counter, describe_counter};

use super::{AuthorityLookup, Credential, Verification};

/// Credentials that were checked, by `kind` and `outcome`.
pub const VERIFICATIONS: &str = "workos_mcp_verifications_total";
/// Access tokens that were looked for among those verified before, by `outcome`.
pub const VERIFICATION_CACHE: &str = "workos_mcp_verification_cache_total";
/// Requests for key sets, by `outcome`.
pub const KEY_FETCHES: &str = "workos_mcp_key_fetches_total";
/// Questions about roles, permissions and feature flags, by `outcome`.
pub const AUTHORITY_LOOKUPS: &str = "workos_mcp_authority_lookups_total";
/// Requests and calls that were refused, by `rule`.
pub const REFUSALS: &str = "workos_mcp_refusals_total";

pub(crate) fn describe() {
    describe_counter!(
        VERIFICATIONS,
        "Credentials that were checked, by kind and outcome"
    );
    describe_counter!(
        VERIFICATION_CACHE,
        "Access tokens that were looked for among those verified before"
    );
    describe_counter!(KEY_FETCHES, "Requests for the key set of an issuer");
    describe_counter!(
        AUTHORITY_LOOKUPS,
        "Questions about roles, permissions and feature flags, by who answered"
    );
    describe_counter!(
        REFUSALS,
        "Requests and calls that were refused, by the rule that refused them"
    );
}

macro_rules! count {
    ($name:ident, $($label:literal => $value:literal),+) => {
        counter!($name, $($label => $value),+).increment(1)
    };
}

pub(crate) fn verification(credential: Credential, outcome: Verification) {
    use Verification::{Accepted, Expired, Refused, Unavailable};
    match (credential, outcome) {
        (Credential::Token, Accepted) => {
            count!(VERIFICATIONS, "kind" => "token", "outcome" => "accepted");
        }
        (Credential::Token, Expired) => {
            count!(VERIFICATIONS, "kind" => "token", "outcome" => "expired");
        }
        (Credential::Token, Refused) => {
            count!(VERIFICATIONS, "kind" => "token", "outcome" => "refused");
        }
        (Credential::Token, Unavailable) => {
            count!(VERIFICATIONS, "kind" => "token", "outcome" => "unavailable");
        }
        (Credential::ApiKey, Accepted) => {
            count!(VERIFICATIONS, "kind" => "api_key", "outcome" => "accepted");
        }
        (Credential::ApiKey, Expired) => {
            count!(VERIFICATIONS, "kind" => "api_key", "outcome" => "expired");
        }
        (Credential::ApiKey, Refused) => {
            count!(VERIFICATIONS, "kind" => "api_key", "outcome" => "refused");
        }
        (Credential::ApiKey, Unavailable) => {
            count!(VERIFICATIONS, "kind" => "api_key", "outcome" => "unavailable");
        }
    }
}

pub(crate) fn remembered(hit: bool) {
    if hit {
        count!(VERIFICATION_CACHE, "outcome" => "hit");
    } else {
        count!(VERIFICATION_CACHE, "outcome" => "miss");
    }
}

pub(crate) fn key_fetch(brought_keys: bool) {
    if brought_keys {
        count!(KEY_FETCHES, "outcome" => "ok");
    } else {
        count!(KEY_FETCHES, "outcome" => "failed");
    }
}

pub(crate) fn authority_lookup(outcome: AuthorityLookup) {
    match outcome {
        AuthorityLookup::Cached => count!(AUTHORITY_LOOKUPS, "outcome" => "cached"),
        AuthorityLookup::Answered => count!(AUTHORITY_LOOKUPS, "outcome" => "answered"),
        AuthorityLookup::Failed => count!(AUTHORITY_LOOKUPS, "outcome" => "failed"),
    }
}

/// `rule` is one of those in the table of the module.
pub(crate) fn refused(rule: impl FnOnce() -> &'static str) {
    counter!(REFUSALS, "rule" => rule()).increment(1);
}
