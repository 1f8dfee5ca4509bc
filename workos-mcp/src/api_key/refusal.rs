//! Why an API key is refused, for our log. No caller is told more than of a bad access token.

use std::fmt;

use super::shape::SHAPE;
use crate::metrics::Verification;

/// The answer to a key that is not accepted. Holds nothing of the key, so it may be logged as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Invalid(Reason),
    /// The key may be good, but that cannot be told now.
    Unavailable(Cause),
}

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It is a secret of this server: the value of this field.
    OwnSecret(&'static str),
    /// This server lets no keys in.
    NoneLetIn,
    /// It is sent to nobody to ask about.
    Shape,
    Unknown,
    Permission,
    Expired,
    Expiry,
}

/// Why a key cannot be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Too many keys that were never good are presented.
    Budget,
    /// WorkOS answered with this status.
    Status(u16),
    Unanswered,
    Late,
    Unreadable,
    AnotherKey,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::Invalid(reason)
    }
}

impl From<Cause> for Refusal {
    fn from(cause: Cause) -> Self {
        Self::Unavailable(cause)
    }
}

impl From<&Refusal> for Verification {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Invalid(Reason::Expired) => Self::Expired,
            Refusal::Invalid(_) => Self::Refused,
            Refusal::Unavailable(_) => Self::Unavailable,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(reason) => reason.fmt(f),
            Self::Unavailable(cause) => cause.fmt(f),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OwnSecret(field) => return write!(f, "it is this server's own `{field}`"),
            Self::NoneLetIn => "an API key, and `api_keys` lets none in",
            Self::Shape => {
                return write!(
                    f,
                    "begins like an API key, and is not of a key's shape ({SHAPE})"
                );
            }
            Self::Unknown => "WorkOS knows no such key, or knows it no more",
            Self::Permission => "it was not given the permission that `api_keys` asks for",
            Self::Expired => "it has expired",
            Self::Expiry => "its expiry cannot be read",
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Budget => {
                "more keys that were not good before are presented than `Limits::api_key_checks` lets WorkOS be asked about"
            }
            Self::Status(status @ (401 | 403)) => {
                return write!(f, "WorkOS answered with HTTP {status}; check WORKOS_API_KEY");
            }
            Self::Status(status) => return write!(f, "WorkOS answered with HTTP {status}"),
            Self::Unanswered => "WorkOS did not answer",
            Self::Late => "WorkOS did not answer in time",
            Self::Unreadable => "the answer of WorkOS cannot be read",
            Self::AnotherKey => "WorkOS answered about another key than the one that it was asked about; check `api_url`",
        })
    }
}
