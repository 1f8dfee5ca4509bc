//! Why a token is refused: what the caller may hear, and what our log says.

use std::{fmt, time::Duration};

use crate::metrics::Verification;

/// The answer to a token that is not accepted. Holds nothing of the token, so it may be logged as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Everything about the token holds but its time is over. Only ever said of a token whose signature
    /// verified: to whom it is said, it gives away nothing that the token's owner does not know.
    Expired,
    /// The reason is for our log; every caller hears the same.
    Invalid(Reason),
    /// The token may be good, but the keys that would tell cannot be had now.
    KeysUnavailable { retry_after: Duration },
}

impl From<&Refusal> for Verification {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Expired => Self::Expired,
            Refusal::Invalid(_) => Self::Refused,
            Refusal::KeysUnavailable { .. } => Self::Unavailable,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => f.write_str("expired"),
            Self::Invalid(reason) => reason.fmt(f),
            Self::KeysUnavailable { .. } => f.write_str("the issuer's keys cannot be had now"),
        }
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::Invalid(reason)
    }
}

/// What is wrong with a token, for our log. Never part of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    TooLong,
    Malformed,
    DuplicateMember,
    Algorithm,
    KeyId,
    Type,
    Extension,
    UnknownKey,
    Signature,
    Issuer,
    Audience,
    /// What AuthKit issues while no resource indicator is registered: a mistake in WorkOS's settings,
    /// not in the client.
    AudienceIsClientId,
    Client,
    ProofOfPossession,
    IdToken,
    Expiry,
    IssuedAt,
    IssuedInFuture,
    NotBefore,
    NotYetValid,
    Subject,
    NotAUser,
    NotAMachine,
    Identifier,
    Scope,
    Clock,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "longer than a token may be",
            Self::Malformed => "not three base64url segments that hold JSON objects and a signature",
            Self::DuplicateMember => "a header parameter or claim appears twice",
            Self::Algorithm => "the algorithm is not `RS256`",
            Self::KeyId => "the key id is missing, empty, too long or not a string",
            Self::Type => "the type is not that of an access token",
            Self::Extension => "the header asks for an extension (`crit`, `b64` or `zip`)",
            Self::UnknownKey => "the issuer's key set has no key of this key id",
            Self::Signature => "the signature does not hold",
            Self::Issuer => "another issuer, or none",
            Self::Audience => "issued for another audience, or for none",
            Self::AudienceIsClientId => {
                "issued for the environment's client id, because no resource indicator is registered in WorkOS"
            }
            Self::Client => "issued to a client that is not accepted here",
            Self::ProofOfPossession => {
                "bound to a key of its client (`cnf`), which a bearer token does not prove"
            }
            Self::IdToken => "an ID token (`nonce` or `at_hash`), not an access token",
            Self::Expiry => "`exp` is missing or not a time in whole seconds",
            Self::IssuedAt => "`iat` is missing or not a time in whole seconds",
            Self::IssuedInFuture => "`iat` is in the future; compare the clocks",
            Self::NotBefore => "`nbf` is not a time in whole seconds",
            Self::NotYetValid => "not valid yet (`nbf`); compare the clocks",
            Self::Subject => "`sub` is missing, empty, too long or not plain text",
            Self::NotAUser => {
                "the subject is a machine that `machines` does not name, not a user"
            }
            Self::NotAMachine => {
                "the subject is a machine, but `sid` or `client_id` is not that of a machine's own token"
            }
            Self::Identifier => {
                "`sid`, `org_id`, `client_id` or `jti` is present, but empty or not plain text"
            }
            Self::Scope => "`scope` is not plain text",
            Self::Clock => "the clock of this machine is before 1970",
        })
    }
}
