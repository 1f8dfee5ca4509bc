//! What an environment has before it starts.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::api_keys::ApiKey;
use crate::applications::Application;
use crate::authkit::{ClientMetadata, Grants};
use crate::bounded::Bounded;
use crate::directory::{Directory, User};
use crate::emulator::Emulator;
use crate::endpoint::Endpoint;
use crate::faults::{Fault, Gates};
use crate::feature_flags::FeatureFlag;
use crate::keys::Keys;
use crate::organizations::Organization;
use crate::records::Records;
use crate::roles::Role;
use crate::seed;
use crate::seed_file::SeedFile;
use crate::server;
use crate::state::{Environment, Settings};

/// Configures an [`Emulator`]; see [`Emulator::builder`].
#[must_use = "the emulator runs only after `start`"]
pub struct EmulatorBuilder {
    port: u16,
    settings: Settings,
    directory: Directory,
    client_metadata: ClientMetadata,
    faults: Vec<(Endpoint, Fault)>,
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
            directory: seed::directory(),
            client_metadata: ClientMetadata::default(),
            faults: Vec::new(),
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
        self.settings.add_scope(name.into());
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

    /// Adds a role, or replaces the one of the same slug and organization. Defaults to `admin`
    /// (`widgets:read`, `widgets:write`, `reports:export`) and `member` (`widgets:read`).
    pub fn role(mut self, role: Role) -> Self {
        self.directory.roles.retain(|known| {
            known.slug() != role.slug() || known.organization_id() != role.organization_id()
        });
        self.directory.roles.push(role);
        self
    }

    /// Adds a feature flag. Defaults to `beta-dashboard` for Acme and `early-reports` for Grace.
    pub fn feature_flag(mut self, flag: FeatureFlag) -> Self {
        self.directory.feature_flags.push(flag);
        self
    }

    /// Adds an API key of a customer. Defaults to none.
    pub fn api_key(mut self, key: ApiKey) -> Self {
        self.directory.api_keys.push(key);
        self
    }

    /// Adds a Connect application. Defaults to an OAuth application and an M2M application of
    /// Acme.
    pub fn application(mut self, application: Application) -> Self {
        self.directory.applications.push(application);
        self
    }

    /// Takes this JSON object for the client metadata document at this URL, which is not fetched.
    /// Defaults to none.
    pub fn client_metadata(self, url: impl Into<String>, document: Value) -> Self {
        self.client_metadata.configure(url.into(), document);
        self
    }

    /// Lets the emulator fetch the client metadata document of a client whose id is an https URL,
    /// from public addresses only. Defaults to not fetching.
    pub fn allow_client_metadata_fetch(mut self) -> Self {
        self.client_metadata.allow_fetch();
        self
    }

    /// As [`allow_client_metadata_fetch`](Self::allow_client_metadata_fetch), and also from
    /// loopback and private addresses, there by plain http too. Very insecure where the port can
    /// be reached by others. Defaults to not fetching.
    pub fn dangerously_allow_private_client_metadata_fetch(mut self) -> Self {
        self.client_metadata.allow_private_fetch();
        self
    }

    /// Applies a seed file, the JSON that the [README](crate#seed-file) shows; what it names may be
    /// in it, or be added before. Defaults to none.
    ///
    /// # Errors
    ///
    /// When the JSON does not fit, or names a user, an organization or a scope that is not there.
    pub fn seed(mut self, json: &str) -> io::Result<Self> {
        SeedFile::parse(json)?.apply(&mut self.directory, &mut self.settings)?;
        Ok(self)
    }

    /// Makes an endpoint fail from the start; see [`Emulator::fault`]. Defaults to none.
    pub fn fault(mut self, endpoint: Endpoint, fault: Fault) -> Self {
        self.faults.push((endpoint, fault));
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
        let gates = Gates::default();
        for (endpoint, fault) in self.faults {
            gates.of(endpoint).set(Some(fault));
        }
        let environment = Arc::new(Environment {
            issuer,
            settings: RwLock::new(self.settings),
            directory: RwLock::new(self.directory),
            keys,
            gates,
            clients: Mutex::new(Bounded::default()),
            grants: Mutex::new(Grants::default()),
            client_metadata: self.client_metadata,
            records: Records::default(),
        });
        let router = server::router(&environment);
        let server = tokio::spawn(server::serve(listener, router));
        Ok(Emulator::new(environment, server))
    }
}
