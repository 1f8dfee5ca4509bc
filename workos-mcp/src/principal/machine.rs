//! A program that signed in as itself.

use std::{fmt, sync::Arc, time::SystemTime};

use serde::de::DeserializeOwned;

use super::claims::VerifiedClaims;
use crate::error::Error;

/// A machine-to-machine application: what its access token says, verified.
///
/// Such a token comes from AuthKit by client credentials, without a user; see
/// [`ProviderBuilder::machines`](crate::ProviderBuilder::machines). Cheap to clone, and never holds the token itself. Two are
/// equal when they are of the same principal: issuer, application and organization.
///
/// ```
/// use workos_mcp::{Error, Principal, principal};
///
/// fn report_for() -> Result<String, Error> {
///     Ok(match principal()? {
///         Principal::Machine(machine) => format!("the application {}", machine.client_id()),
///         other => other.subject().to_owned(),
///     })
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Machine {
    claims: Arc<VerifiedClaims>,
}

impl Machine {
    pub(crate) fn new(claims: VerifiedClaims) -> Self {
        Self {
            claims: Arc::new(claims),
        }
    }

    /// The application, `client_…` (claim `sub`).
    pub fn client_id(&self) -> &str {
        &self.claims.subject
    }

    /// The organization that the application belongs to (claim `org_id`).
    pub fn organization_id(&self) -> Option<&str> {
        self.claims.organization_id.as_deref()
    }

    /// The issuer that signed the token (claim `iss`).
    pub fn issuer(&self) -> &str {
        &self.claims.issuer
    }

    /// The granted scopes, in the token's order (claim `scope`).
    pub fn scopes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.claims.scopes.iter().map(AsRef::as_ref)
    }

    /// Whether this exact scope was granted, letter case included.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.claims.has_scope(scope)
    }

    /// When the token was issued (claim `iat`).
    pub fn issued_at(&self) -> SystemTime {
        self.claims.issued_at()
    }

    /// When the token expires (claim `exp`).
    pub fn expires_at(&self) -> SystemTime {
        self.claims.expires_at()
    }

    /// The token's claims as a type of yours; see [`Session::claims`](crate::Session::claims).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Claims`](crate::ErrorKind::Claims) when the claims do not have the shape of `T`.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.claims.read()
    }

    pub(super) fn verified(&self) -> &VerifiedClaims {
        &self.claims
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.claims, &other.claims)
    }
}

/// Names what is there without its value: it ends up in logs.
impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("organization", &self.organization_id().is_some())
            .field("scopes", &self.claims.scopes.len())
            .field("expires_at", &self.claims.expires_at)
            .finish_non_exhaustive()
    }
}
