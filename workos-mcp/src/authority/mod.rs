//! What a caller may do: roles, permissions and feature flags. From the token where it says so, else from the
//! WorkOS API.
//!
//! AuthKit's MCP tokens carry none of them unless a JWT template of the environment adds them
//! ([WorkOS, token claims](https://workos.com/docs/authkit/connect/token-claims)). A claim that is there, with the
//! right type, is final, even empty.

mod asked;
mod load;
mod questions;
mod resolved;

use std::{collections::BTreeSet, fmt};

use futures_util::{FutureExt, future::BoxFuture};

pub(crate) use load::Authorities;
pub(crate) use questions::{Question, Questions};
pub(crate) use resolved::{Resolved, Words};

use crate::{context::Context, error::Error};

/// What the caller may do, in the organization that the credential is scoped to.
///
/// ```
/// use workos_mcp::{Error, authority};
///
/// async fn my_tool() -> Result<&'static str, Error> {
///     let authority = authority().await?;
///     Ok(if authority.has_permission("widgets:write") { "all fields" } else { "some fields" })
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Authority {
    roles: BTreeSet<Box<str>>,
    permissions: BTreeSet<Box<str>>,
    feature_flags: BTreeSet<Box<str>>,
}

impl Authority {
    /// The slugs of the roles, in alphabetical order.
    pub fn roles(&self) -> impl ExactSizeIterator<Item = &str> {
        self.roles.iter().map(AsRef::as_ref)
    }

    /// The slugs of the permissions that the roles give, in alphabetical order.
    pub fn permissions(&self) -> impl ExactSizeIterator<Item = &str> {
        self.permissions.iter().map(AsRef::as_ref)
    }

    /// The slugs of the feature flags that are on, in alphabetical order.
    pub fn feature_flags(&self) -> impl ExactSizeIterator<Item = &str> {
        self.feature_flags.iter().map(AsRef::as_ref)
    }

    /// Whether the caller has this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.contains(role)
    }

    /// Whether the caller has this permission.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.permissions.contains(permission)
    }

    /// Whether this feature flag is on.
    pub fn has_feature_flag(&self, flag: &str) -> bool {
        self.feature_flags.contains(flag)
    }
}

/// Says how much there is; what it is stays out of logs.
impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("roles", &self.roles.len())
            .field("permissions", &self.permissions.len())
            .field("feature_flags", &self.feature_flags.len())
            .finish()
    }
}

/// What the caller may do, for code that decides while it runs.
///
/// What the token does not say is asked of the WorkOS API and remembered for
/// [`Limits::authority_ttl`](crate::Limits::authority_ttl). WorkOS knows roles and permissions of a user in an organization
/// only: without one in the session, and without a claim, there are none. Machines and API keys have no roles, and the
/// permissions that their credential states; the feature flags are those of their organization.
///
/// ```
/// use workos_mcp::{Error, authority};
///
/// async fn my_tool() -> Result<String, Error> {
///     Ok(authority().await?.roles().collect::<Vec<_>>().join(", "))
/// }
/// ```
///
/// # Errors
///
/// As [`principal`](crate::principal()); [`ErrorKind::AuthorityUnavailable`](crate::ErrorKind::AuthorityUnavailable) when
/// WorkOS answers with an error, or not within [`Limits::api_timeout`](crate::Limits::api_timeout), or when the provider has no API
/// key to ask with.
pub async fn authority() -> Result<Authority, Error> {
    current().await
}

/// Boxed in here, or each crate that asks for the authority compiles all that is behind it again.
fn current() -> BoxFuture<'static, Result<Authority, Error>> {
    async {
        let context = Context::current()?;
        let principal = context.caller(Context::principal)?;
        let resolved = context.resolve(principal, Questions::ALL).await?;
        Ok(Authority {
            roles: resolved.listed(principal, Question::Roles),
            permissions: resolved.listed(principal, Question::Permissions),
            feature_flags: resolved.listed(principal, Question::FeatureFlags),
        })
    }
    .boxed()
}
