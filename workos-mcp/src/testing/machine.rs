//! A program that signed in as itself.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::{ORGANIZATION, token::Token};
use crate::principal::Machine;

/// A machine-to-machine application with this client id, without a scope, in an organization, and with an hour to live.
///
/// ```
/// use workos_mcp::{Error, Principal, requires_session, testing};
///
/// #[requires_session(permission = "reports:read")]
/// async fn latest(caller: Principal) -> Result<String, Error> {
///     Ok(format!("for the {} {}", caller.kind(), caller.subject()))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let nightly = testing::machine("client_01NIGHTLY").permissions(["reports:read"]).build();
/// let report = testing::with_principal(nightly, latest()).await;
/// assert_eq!(report.unwrap(), "for the machine client_01NIGHTLY");
///
/// let other = testing::machine("client_01OTHER").build();
/// assert!(testing::with_principal(other, latest()).await.is_err());
/// # }
/// ```
pub fn machine(client_id: impl Into<Box<str>>) -> MachineBuilder {
    let client_id = client_id.into();
    let mut token = Token::of(client_id.clone());
    token.client_id = Some(client_id);
    token.organization_id = Some(ORGANIZATION.into());
    MachineBuilder { token }
}

/// Makes a [`Machine`] that no token stands behind.
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct MachineBuilder {
    token: Token,
}

/// As that of the [`Machine`] that it makes: what is said of somebody stays out of logs.
impl fmt::Debug for MachineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineBuilder").finish_non_exhaustive()
    }
}

impl MachineBuilder {
    /// The organization that the application belongs to. Default: `org_01TESTING`, since each belongs to one.
    pub fn organization(mut self, organization_id: impl Into<Box<str>>) -> Self {
        self.token.organization_id = Some(organization_id.into());
        self
    }

    /// The granted scopes. Default: none.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        self.token.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The permissions that the token lists, as from a JWT template. Default: none.
    pub fn permissions(
        mut self,
        permissions: impl IntoIterator<Item = impl Into<Box<str>>>,
    ) -> Self {
        self.token.permissions = Some(permissions.into_iter().map(Into::into).collect());
        self
    }

    /// The feature flags that are on. Default: none.
    pub fn feature_flags(
        mut self,
        feature_flags: impl IntoIterator<Item = impl Into<Box<str>>>,
    ) -> Self {
        self.token.feature_flags = Some(feature_flags.into_iter().map(Into::into).collect());
        self
    }

    /// When the token was issued. Default: now.
    pub fn issued_at(mut self, issued_at: SystemTime) -> Self {
        self.token.issued_at = issued_at;
        self
    }

    /// How long the token is valid from then on. Default: one hour.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.token.lifetime = lifetime;
        self
    }

    /// Another claim, for [`Machine::claims`].
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.token.claims.insert(name.into(), value.into());
        self
    }

    /// The machine.
    pub fn build(self) -> Machine {
        Machine::new(self.token.verified())
    }
}
