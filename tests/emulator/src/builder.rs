//! What an environment has before it starts.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::authkit::Grants;
use crate::bounded::Bounded;
use crate::directory::{Directory, Organization, User};
use crate::emulator::Emulator;
use crate::faults::Gates;
use crate::keys::Keys;
use crate::seed;
use crate::server;
use crate::state::{Environment, Settings};

/// Configures an [`Emulator`]; see [`Emulator::builder`].
#[must_use = "the emulator runs only after `start`"]
pub struct EmulatorBuilder {
    port: u16,
    settings: Settings,
    directory: Directory,
}

impl std::fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmulatorBuilder")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        Self {
            port: 0,
            settings: Settings::default(),
            directory: Directory {
                users: vec![seed::ada(), seed::grace()],
                organizations: seed::organizations(),
            },
        }
    }

    /// The port on 127.0.0.1. Defaults to 0, which takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Registers a resource indicator. Defaults to none, so that every audience is the
    /// environment's client id.
    pub fn resource(mut self, url: impl Into<String>) -> Self {
        self.settings.add_resource(url.into());
        self
    }

    /// Registers a resource indicator as the one that counts when a client names none. Defaults to
    /// none.
    pub fn default_resource(mut self, url: impl Into<String>) -> Self {
        self.settings.set_default_resource(url.into());
        self
    }

    /// Adds a scope to the four of OpenID Connect, as WorkOS support does for an environment.
    pub fn custom_scope(mut self, name: impl Into<String>) -> Self {
        self.settings.custom_scopes.push(name.into());
        self
    }

    /// How long access tokens are valid, in whole seconds. Defaults to 300 s.
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.access_token_lifetime = lifetime;
        self
    }

    /// Claims of a JWT template; see [`Emulator::set_jwt_template`]. Defaults to none.
    pub fn jwt_template(mut self, claims: Map<String, Value>) -> Self {
        self.settings.set_jwt_template(claims);
        self
    }

    /// Adds a user to Ada and Grace.
    pub fn user(mut self, user: User) -> Self {
        self.directory.users.push(user);
        self
    }

    /// Adds an organization to Acme and Globex.
    pub fn organization(mut self, organization: Organization) -> Self {
        self.directory.organizations.push(organization);
        self
    }

    /// Starts to listen.
    ///
    /// # Errors
    ///
    /// When the port is taken, or no key can be generated.
    pub async fn start(self) -> io::Result<Emulator> {
        let keys = Keys::new().await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let environment = Arc::new(Environment {
            issuer,
            settings: RwLock::new(self.settings),
            directory: RwLock::new(self.directory),
            keys,
            gates: Gates::default(),
            clients: Mutex::new(Bounded::default()),
            grants: Mutex::new(Grants::default()),
        });
        let router = server::router(&environment);
        let server = tokio::spawn(server::serve(listener, router));
        Ok(Emulator::new(environment, server))
    }
}
