//! The caller of a server on stdio: whoever started it, with the API key that they gave it.

use std::{env::VarError, fmt, sync::Arc};

use secrecy::{ExposeSecret, SecretString};

use crate::{
    api_key::{self, ApiKeys, Reason, SHAPE},
    context::Context,
    error::{Error, ServeError},
    principal::Principal,
    provider::Provider,
    rule::judge,
};

pub(super) const VARIABLE: &str = "WORKOS_MCP_CALLER_API_KEY";

/// Holds the key of the caller, and asks about it for every request.
#[derive(Clone)]
pub(super) struct Holder(Arc<SecretString>);

/// Why the holder is not let in.
pub(super) enum NotLetIn {
    /// The provider lets no keys in.
    NoKeys,
    Missing,
    Malformed,
    Key(api_key::Refusal),
    /// The rule for the server does not hold, or cannot be checked.
    Rule(Error),
}

impl Holder {
    pub(super) fn from_environment() -> Result<Self, NotLetIn> {
        match std::env::var(VARIABLE) {
            Ok(key) => Self::new(key.trim()),
            Err(VarError::NotPresent) => Err(NotLetIn::Missing),
            Err(VarError::NotUnicode(_)) => Err(NotLetIn::Malformed),
        }
    }

    fn new(key: &str) -> Result<Self, NotLetIn> {
        if key.is_empty() {
            Err(NotLetIn::Missing)
        } else if ApiKeys::is_key(key) {
            Ok(Self(Arc::new(key.into())))
        } else {
            Err(NotLetIn::Malformed)
        }
    }

    /// The context of one request, if the key is still good and the rule for the server holds.
    pub(super) async fn context(&self, provider: &Provider) -> Result<Context, NotLetIn> {
        let keys = provider.api_keys().ok_or(NotLetIn::NoKeys)?;
        let key = keys.ask(self.0.expose_secret()).await;
        let principal = Principal::ApiKey(key.map_err(NotLetIn::Key)?);
        let context = Context::new(Some(principal.clone()), provider.clone());
        if let Some(rule) = &provider.config().rules.require {
            let needs = std::iter::once(rule.need());
            let judgement = judge(&context, &principal, needs.clone()).await;
            judgement.into_result(needs).map_err(NotLetIn::Rule)?;
        }
        Ok(context)
    }
}

impl fmt::Display for NotLetIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKeys => f.write_str(
                "`Provider::stdio` serves the holder of an API key of WorkOS; set `api_keys` on the provider to the permission \
                 that the key must have",
            ),
            Self::Missing => write!(
                f,
                "{VARIABLE} is missing; set it to the API key of WorkOS that the caller holds, not to WORKOS_API_KEY"
            ),
            Self::Malformed => write!(
                f,
                "{VARIABLE} is no API key of WorkOS, which is {SHAPE}"
            ),
            Self::Key(api_key::Refusal::Invalid(reason @ Reason::OwnSecret(_))) => write!(
                f,
                "{VARIABLE} is not the key of a caller: {reason}; set it to the API key of WorkOS that the caller holds"
            ),
            Self::Key(api_key::Refusal::Invalid(reason)) => {
                write!(f, "{VARIABLE} is an API key that is not let in: {reason}")
            }
            Self::Key(api_key::Refusal::Unavailable(cause)) => {
                write!(f, "{VARIABLE} cannot be checked right now: {cause}")
            }
            Self::Rule(error) => write!(f, "the holder of {VARIABLE} is not let in: {error}"),
        }
    }
}

impl From<NotLetIn> for ServeError {
    fn from(not_let_in: NotLetIn) -> Self {
        Self::Caller {
            problem: not_let_in.to_string(),
        }
    }
}

/// What the caller of a request is told, who was let in before.
impl From<NotLetIn> for Error {
    fn from(not_let_in: NotLetIn) -> Self {
        tracing::warn!("refused: {not_let_in}");
        match not_let_in {
            NotLetIn::Rule(error) => error,
            NotLetIn::Key(api_key::Refusal::Unavailable(_)) => Self::api_keys_unavailable(),
            _ => Self::api_key_refused(VARIABLE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_key_is_taken() {
        assert!(Holder::new("sk_example_1234567890abcdef").is_ok());
        for (value, said) in [
            ("", "WORKOS_MCP_CALLER_API_KEY is missing; set it to"),
            ("sk_x", "WORKOS_MCP_CALLER_API_KEY is no API key of WorkOS"),
            (
                "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
                "WORKOS_MCP_CALLER_API_KEY is no API key of WorkOS",
            ),
        ] {
            let refused = ServeError::from(Holder::new(value).err().unwrap());
            assert!(refused.to_string().contains(said), "{value}: {refused}");
            assert!(value.is_empty() || !refused.to_string().contains(value));
        }
    }
}
