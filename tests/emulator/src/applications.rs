//! Connect applications, which somebody made in the dashboard.

use std::fmt::{self, Debug, Formatter};

use crate::ids;

/// A Connect application: an OAuth application, or a machine-to-machine (M2M) application.
#[derive(Clone)]
pub struct Application {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret: Option<String>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) organization_id: Option<String>,
    pub(crate) scopes: Vec<String>,
}

impl Application {
    /// An OAuth application with a secret and no redirect URI.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: ids::with_prefix("client"),
            name: name.into(),
            secret: Some(ids::secret()),
            redirect_uris: Vec::new(),
            organization_id: None,
            scopes: Vec::new(),
        }
    }

    /// An M2M application of an organization: it gets tokens by `client_credentials`, and nobody
    /// signs in to it.
    pub fn machine(name: impl Into<String>, organization_id: impl Into<String>) -> Self {
        Self {
            organization_id: Some(organization_id.into()),
            ..Self::new(name)
        }
    }

    /// Replaces the client id, which WorkOS writes as `client_` and a ULID.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Replaces the secret.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Takes the secret away: the application is a public client, with PKCE only.
    #[must_use]
    pub fn without_secret(mut self) -> Self {
        self.secret = None;
        self
    }

    /// Adds a redirect URI. A loopback one may be used with any port.
    #[must_use]
    pub fn with_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Assigns a scope to an M2M application, which gets no other.
    #[must_use]
    pub fn with_scope(mut self, name: impl Into<String>) -> Self {
        self.scopes.push(name.into());
        self
    }

    /// The client id, `client_…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name, which the consent page shows.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The secret, unless the application is a public client.
    pub fn secret(&self) -> Option<&str> {
        self.secret.as_deref()
    }

    /// The organization of an M2M application.
    pub fn organization_id(&self) -> Option<&str> {
        self.organization_id.as_deref()
    }
}

impl Debug for Application {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
