//! What can go wrong: [`ConfigError`] at start-up, [`Error`] while a request is served.

mod serve;

use std::{error::Error as StdError, fmt, sync::Arc};

use http::StatusCode;

pub use self::serve::ServeError;
use crate::{http::Challenge, principal::Principal, rule::Need, workos_api};

/// Why a [`Provider`](crate::Provider) cannot be built: every problem at once, each with the field and the variable to mend.
///
/// `Debug` prints the same text as `Display`, so that a `main` that returns this error prints it readably.
///
/// ```
/// use workos_mcp::Provider;
///
/// let error = Provider::builder()
///     .authkit_domain("http://example.com")
///     .base_url("mcp.example.com")
///     .build()
///     .unwrap_err();
/// let fields: Vec<_> = error.problems().map(|problem| problem.field()).collect();
/// assert_eq!(fields, ["authkit_domain", "base_url"]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<ConfigProblem>,
}

impl ConfigError {
    pub(crate) fn new(problems: Vec<ConfigProblem>) -> Self {
        Self { problems }
    }

    /// Each missing or bad value.
    pub fn problems(&self) -> impl ExactSizeIterator<Item = &ConfigProblem> {
        self.problems.iter()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.problems {
            [problem] => write!(f, "the provider cannot start: {problem}"),
            problems => {
                write!(f, "the provider cannot start, {} problems:", problems.len())?;
                problems
                    .iter()
                    .try_for_each(|problem| write!(f, "\n  - {problem}"))
            }
        }
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for ConfigError {}

/// One missing or bad value of a [`ConfigError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    field: &'static str,
    variable: Option<&'static str>,
    message: String,
}

impl ConfigProblem {
    /// `message` must not repeat a secret.
    pub(crate) fn new(
        field: &'static str,
        variable: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            field,
            variable,
            message: message.into(),
        }
    }

    /// The field of `workos_provider!`, or the method of the builder, that sets the value.
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// The environment variable that sets the value when the field is left out.
    pub fn variable(&self) -> Option<&'static str> {
        self.variable
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.field)?;
        if let Some(variable) = self.variable {
            write!(f, " ({variable})")?;
        }
        write!(f, " {}", self.message)
    }
}

/// What went wrong while a request was served.
///
/// Opaque so that it can carry more later; [`kind`](Self::kind) tells the cases apart.
/// Its text never holds a token, a key, an e-mail address or the value of a claim.
///
/// ```
/// use workos_mcp::{ErrorKind, session};
///
/// // Outside of a request that the provider guards, nobody is signed in.
/// let error = session().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::SessionNotInitialized);
/// ```
#[derive(Clone)]
pub struct Error {
    kind: ErrorKind,
    message: Arc<str>,
    /// Of [`ErrorKind::InsufficientScope`], the scopes that are missing.
    scopes: Arc<[Box<str>]>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The cases of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Asked outside of a request that a provider guards.
    SessionNotInitialized,
    /// The request is guarded, but nobody is signed in; on stdio, the caller's API key is not good any more.
    NotSignedIn,
    /// The provider lacks a value that only this call needs; the message names it and its variable.
    NotConfigured,
    /// A machine called, or the holder of an API key, where only a user can.
    NotAUser,
    /// Somebody is signed in who may not do this.
    Forbidden,
    /// The token was not granted a scope that this needs; signing in again can grant it.
    InsufficientScope,
    /// Roles, permissions or feature flags cannot be had from WorkOS now, and [`Error::source`](StdError::source) says why; or the API
    /// key of a caller on stdio cannot be checked now.
    AuthorityUnavailable,
    /// The token's claims do not have the shape that was asked for.
    Claims,
    /// The WorkOS API answered with an error, or not at all; [`Error::source`](StdError::source) is the SDK's error.
    WorkosApi,
}

impl Error {
    fn new(kind: ErrorKind, message: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            scopes: Arc::default(),
            source: None,
        }
    }

    /// Which case this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What the caller can be asked for that would mend it.
    pub(crate) fn challenge(&self) -> Option<Challenge> {
        match self.kind {
            ErrorKind::NotSignedIn => Some(Challenge::SignIn),
            ErrorKind::InsufficientScope if !self.scopes.is_empty() => {
                Some(Challenge::Scopes(self.scopes.clone()))
            }
            _ => None,
        }
    }

    /// The HTTP status that says the same.
    pub(crate) fn status(&self) -> StatusCode {
        match self.kind {
            ErrorKind::NotSignedIn => StatusCode::UNAUTHORIZED,
            ErrorKind::Claims
            | ErrorKind::Forbidden
            | ErrorKind::InsufficientScope
            | ErrorKind::NotAUser => StatusCode::FORBIDDEN,
            ErrorKind::AuthorityUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::WorkosApi => StatusCode::BAD_GATEWAY,
            ErrorKind::SessionNotInitialized | ErrorKind::NotConfigured => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    pub(crate) fn session_not_initialized() -> Self {
        Self::new(
            ErrorKind::SessionNotInitialized,
            "Session not initialized: this ran outside of a request that workos-mcp guards. \
             Check that the server is started with `Provider::serve` or `Provider::router`, or, mounted by hand, \
             has both `Provider::layer` on its route and `Provider::protect` around its handler; \
             that the transport is Streamable HTTP, or stdio by `Provider::stdio`; \
             that spawned work goes through `workos_mcp::spawn` or `workos_mcp::in_context`; \
             that the call is not in one of rmcp's synchronous methods, such as `get_info`, which have no request; \
             and that a unit test runs it with `workos_mcp::testing::with_session`",
        )
    }

    pub(crate) fn not_a_user(principal: &Principal) -> Self {
        let caller = match principal {
            Principal::User(_) => "another user",
            Principal::Machine(_) => "a machine",
            Principal::ApiKey(_) => "the holder of an API key",
        };
        Self::new(
            ErrorKind::NotAUser,
            format!(
                "only a signed-in user can use this, and the caller is {caller}; call with the access token of a user"
            ),
        )
    }

    pub(crate) fn not_signed_in() -> Self {
        Self::new(
            ErrorKind::NotSignedIn,
            "nobody is signed in; sign in and call again",
        )
    }

    /// Of a caller whose key is in this variable.
    #[cfg(feature = "rmcp")]
    pub(crate) fn api_key_refused(variable: &str) -> Self {
        Self::new(
            ErrorKind::NotSignedIn,
            format!(
                "the API key in {variable} is not valid for this server any more; start the server anew with another"
            ),
        )
    }

    #[cfg(feature = "rmcp")]
    pub(crate) fn api_keys_unavailable() -> Self {
        Self::new(
            ErrorKind::AuthorityUnavailable,
            "API keys cannot be checked right now; retry shortly",
        )
    }

    pub(crate) fn forbidden<'n>(needs: impl Iterator<Item = &'n Need<'n>>) -> Self {
        let needs: Vec<_> = needs.map(ToString::to_string).collect();
        Self::new(
            ErrorKind::Forbidden,
            format!(
                "you are not allowed to use this: it requires {}",
                needs.join(" and ")
            ),
        )
    }

    pub(crate) fn insufficient_scope(scopes: &[&str]) -> Self {
        let named: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
        let plural = if scopes.len() == 1 { "" } else { "s" };
        Self {
            scopes: scopes.iter().map(|&scope| scope.into()).collect(),
            ..Self::new(
                ErrorKind::InsufficientScope,
                format!(
                    "this needs the scope{plural} {}, which the access token was not granted; sign in again and grant it",
                    named.join(" ")
                ),
            )
        }
    }

    pub(crate) fn authority_unavailable(cause: Self) -> Self {
        Self {
            source: Some(Arc::new(cause)),
            ..Self::new(
                ErrorKind::AuthorityUnavailable,
                "permissions cannot be checked right now; retry shortly",
            )
        }
    }

    pub(crate) fn authority_not_asked() -> Self {
        Self::new(
            ErrorKind::AuthorityUnavailable,
            "permissions cannot be checked here: WorkOS has not been asked about this caller, and a synchronous function \
             cannot wait for the answer; make the function `async`",
        )
    }

    pub(crate) fn api_key_missing() -> Self {
        Self::new(
            ErrorKind::NotConfigured,
            "the WorkOS API needs an API key; set `api_key` on the provider, or WORKOS_API_KEY \
             (in a unit test, run it with `workos_mcp::testing::with_user`)",
        )
    }

    pub(crate) fn claims<T>(error: &serde_json::Error) -> Self {
        // serde's own text may quote the value that did not fit.
        let what = match error.classify() {
            serde_json::error::Category::Data => "a claim is missing or of another type",
            _ => "they cannot be read",
        };
        Self::new(
            ErrorKind::Claims,
            format!(
                "the token's claims do not fit `{}`: {what}",
                std::any::type_name::<T>()
            ),
        )
    }

    pub(crate) fn workos_answered_another_user() -> Self {
        Self::new(
            ErrorKind::WorkosApi,
            "WorkOS answered for another user than the one who is signed in; check `api_url` and WORKOS_API_URL",
        )
    }

    pub(crate) fn workos_timed_out(call: &str) -> Self {
        Self::new(
            ErrorKind::WorkosApi,
            format!("WorkOS did not answer `{call}` in time; try again shortly"),
        )
    }
}

impl From<workos::Error> for Error {
    /// Takes the call, the status, WorkOS's code and its request id into the text. What the answer said
    /// beyond that may repeat personal data, so it stays behind [`source`](StdError::source).
    fn from(error: workos::Error) -> Self {
        let mut message = String::from("the WorkOS API call");
        if let Some(call) = workos_api::failed_call(&error) {
            message.extend([" ", call]);
        }
        message.push_str(" failed");
        if let Some(status) = error.status() {
            message.extend([" with HTTP ", &status.to_string()]);
        }
        if let Some(code) = error.code().filter(|code| is_plain(code)) {
            message.extend([" (", code, ")"]);
        }
        if let Some(request_id) = error.request_id().filter(|id| is_plain(id)) {
            message.extend([", WorkOS request id ", request_id]);
        }
        message.push_str(if error.is_unauthorized() {
            "; check WORKOS_API_KEY"
        } else if error.is_not_found() {
            "; it does not exist in this WorkOS environment"
        } else {
            "; try again shortly"
        });
        Self {
            source: Some(Arc::new(error)),
            ..Self::new(ErrorKind::WorkosApi, message)
        }
    }
}

/// A short word of WorkOS's, not a sentence that could carry anything.
fn is_plain(word: &str) -> bool {
    word.len() <= 64
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Leaves the source out: the SDK's errors print what they carry.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
