//! The verified facts of one request: who is calling.

mod api_key;
mod claims;
mod machine;
mod session;

use std::time::SystemTime;

pub use api_key::ApiKey;
pub(crate) use api_key::ApiKeyFacts;
pub(crate) use claims::VerifiedClaims;
pub use machine::Machine;
pub use session::Session;

/// Who is calling.
///
/// Identity is the kind of principal, its issuer, its subject and its organization, all four:
/// a user in one organization is another principal than the same user in the next. Equality and hash are by identity, so
/// a principal is the key to count or limit calls by.
///
/// As a parameter of a function under [`requires_session`](macro@crate::requires_session) it binds whoever calls, of whatever
/// kind; a [`Session`] binds users only.
///
/// ```
/// use workos_mcp::{Error, Principal, principal};
///
/// fn caller() -> Result<String, Error> {
///     match principal()? {
///         Principal::User(session) => Ok(session.user_id().to_owned()),
///         _ => Ok("not a user".to_owned()),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Principal {
    /// A person who signed in through AuthKit.
    User(Session),
    /// A program that signed in through AuthKit as itself.
    Machine(Machine),
    /// Who holds an API key of WorkOS.
    ApiKey(ApiKey),
}

impl Principal {
    /// Which kind it is, in a word for logs and metrics: `user`, `machine` or `api_key`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Machine(_) => "machine",
            Self::ApiKey(_) => "api_key",
        }
    }

    /// The issuer whose word the rest is: the AuthKit domain as a URL; for an API key, the WorkOS API.
    pub fn issuer(&self) -> &str {
        match self {
            Self::User(session) => session.issuer(),
            Self::Machine(machine) => machine.issuer(),
            Self::ApiKey(key) => key.issuer(),
        }
    }

    /// The issuer's name for this principal: a user's id, an application's client id, or the id of an API key.
    pub fn subject(&self) -> &str {
        match self {
            Self::User(session) => session.user_id(),
            Self::Machine(machine) => machine.client_id(),
            Self::ApiKey(key) => key.id(),
        }
    }

    /// The organization that the credential is scoped to.
    pub fn organization_id(&self) -> Option<&str> {
        match self {
            Self::User(session) => session.organization_id(),
            Self::Machine(machine) => machine.organization_id(),
            Self::ApiKey(key) => key.organization_id(),
        }
    }

    /// Whether the credential was granted this exact scope. API keys have permissions instead of scopes.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.claims().is_some_and(|claims| claims.has_scope(scope))
    }

    /// Until when this is so: the end of the access token; for an API key, when WorkOS has to be asked again.
    pub(crate) fn good_until(&self) -> SystemTime {
        match self {
            Self::User(session) => session.expires_at(),
            Self::Machine(machine) => machine.expires_at(),
            Self::ApiKey(key) => key.facts().good_until,
        }
    }

    /// What its access token says.
    fn claims(&self) -> Option<&VerifiedClaims> {
        match self {
            Self::User(session) => Some(session.verified()),
            Self::Machine(machine) => Some(machine.verified()),
            Self::ApiKey(_) => None,
        }
    }

    /// The granted scopes; none for who cannot be granted any.
    pub(crate) fn scopes(&self) -> Option<impl Iterator<Item = &str>> {
        let claims = self.claims()?;
        Some(claims.scopes.iter().map(AsRef::as_ref))
    }

    /// The roles that the credential itself states.
    pub(crate) fn stated_roles(&self) -> Option<&[Box<str>]> {
        self.claims()?.roles.as_deref()
    }

    /// The permissions that the credential itself states.
    pub(crate) fn stated_permissions(&self) -> Option<&[Box<str>]> {
        match self {
            Self::ApiKey(key) => Some(&key.facts().permissions),
            Self::User(_) | Self::Machine(_) => self.claims()?.permissions.as_deref(),
        }
    }

    /// The feature flags that the credential itself states.
    pub(crate) fn stated_feature_flags(&self) -> Option<&[Box<str>]> {
        self.claims()?.feature_flags.as_deref()
    }

    pub(crate) fn user(&self) -> Option<&Session> {
        match self {
            Self::User(session) => Some(session),
            Self::Machine(_) | Self::ApiKey(_) => None,
        }
    }

    /// Whether both are of the same credential, not merely of the same principal.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::User(one), Self::User(other)) => one.is_same(other),
            (Self::Machine(one), Self::Machine(other)) => one.is_same(other),
            (Self::ApiKey(one), Self::ApiKey(other)) => one.is_same(other),
            _ => false,
        }
    }
}

impl From<Session> for Principal {
    fn from(session: Session) -> Self {
        Self::User(session)
    }
}

impl From<Machine> for Principal {
    fn from(machine: Machine) -> Self {
        Self::Machine(machine)
    }
}

impl From<ApiKey> for Principal {
    fn from(key: ApiKey) -> Self {
        Self::ApiKey(key)
    }
}
