//! A user who signed in.

use std::{fmt, sync::Arc, time::SystemTime};

use serde::de::DeserializeOwned;

use super::claims::VerifiedClaims;
use crate::error::Error;

/// A signed-in user's session: what the access token of this request says, verified.
///
/// Cheap to clone. Never holds the token itself, so that handing it on cannot hand on the token
/// ([MCP, token passthrough](https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#access-token-privilege-restriction)).
/// Two sessions are equal when they are of the same principal: issuer, user and organization.
///
/// ```
/// use workos_mcp::{Error, session};
///
/// async fn my_tool() -> Result<String, Error> {
///     let session = session()?;
///     Ok(format!("Your WorkOS user ID is {}", session.user_id()))
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Session {
    claims: Arc<VerifiedClaims>,
}

impl Session {
    pub(crate) fn new(claims: VerifiedClaims) -> Self {
        Self {
            claims: Arc::new(claims),
        }
    }

    /// The WorkOS user id, `user_…` (claim `sub`).
    pub fn user_id(&self) -> &str {
        &self.claims.subject
    }

    /// AuthKit's id of the user's consent to this client (claim `sid`).
    ///
    /// It is not a login session: do not revoke sessions by it.
    pub fn session_id(&self) -> Option<&str> {
        self.claims.session_id.as_deref()
    }

    /// The organization that the user chose when signing in (claim `org_id`).
    pub fn organization_id(&self) -> Option<&str> {
        self.claims.organization_id.as_deref()
    }

    /// The OAuth client that the token was issued to (claim `client_id`); for a client that
    /// identifies itself by a metadata document, the document's URL.
    pub fn client_id(&self) -> Option<&str> {
        self.claims.client_id.as_deref()
    }

    /// The issuer that signed the token (claim `iss`).
    pub fn issuer(&self) -> &str {
        &self.claims.issuer
    }

    /// The granted scopes, in the token's order (claim `scope`).
    pub fn scopes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.claims.scopes.iter().map(AsRef::as_ref)
    }

    /// Whether this exact scope was granted. Scopes are compared case-sensitively
    /// ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
    pub fn has_scope(&self, scope: &str) -> bool {
        self.claims.has_scope(scope)
    }

    /// The role that the token itself names (claim `role`).
    ///
    /// AuthKit's MCP tokens carry no role unless a JWT template of the environment adds one, so
    /// `None` says nothing about the user's role in WorkOS; [`authority`](crate::authority()) asks there.
    pub fn token_role(&self) -> Option<&str> {
        self.claims.role.as_deref()
    }

    /// The permissions that the token itself lists (claim `permissions`).
    ///
    /// `None` when the token has no such claim, which is the rule with AuthKit's MCP tokens unless
    /// a JWT template of the environment adds it; it says nothing about the permissions in WorkOS, which
    /// [`authority`](crate::authority()) asks for.
    pub fn token_permissions(&self) -> Option<impl ExactSizeIterator<Item = &str>> {
        let permissions = self.claims.permissions.as_deref()?;
        Some(permissions.iter().map(AsRef::as_ref))
    }

    pub(super) fn verified(&self) -> &VerifiedClaims {
        &self.claims
    }

    /// When the token was issued (claim `iat`).
    pub fn issued_at(&self) -> SystemTime {
        self.claims.issued_at()
    }

    /// When the token expires (claim `exp`). Requests are refused from then on, give or take
    /// [`Limits::clock_leeway`](crate::Limits::clock_leeway).
    pub fn expires_at(&self) -> SystemTime {
        self.claims.expires_at()
    }

    /// The token's claims as a type of yours, for claims that a JWT template adds.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use workos_mcp::{Error, session};
    ///
    /// #[derive(Deserialize)]
    /// struct Plan {
    ///     #[serde(rename = "urn:example:plan")]
    ///     plan: String,
    /// }
    ///
    /// fn plan() -> Result<String, Error> {
    ///     Ok(session()?.claims::<Plan>()?.plan)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Claims`](crate::ErrorKind::Claims) when the claims do not have the shape of `T`.
    /// The message does not repeat what the claims say.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.claims.read()
    }

    /// Whether both are of the same token, not merely of the same principal.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.claims, &other.claims)
    }
}

/// Names what is there without its value: a session ends up in logs.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("organization", &self.organization_id().is_some())
            .field("scopes", &self.claims.scopes.len())
            .field("expires_at", &self.claims.expires_at)
            .finish_non_exhaustive()
    }
}
