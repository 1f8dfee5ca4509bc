//! A running emulator and what a test can do to it.

mod dashboard;

use std::fmt::{self, Debug, Formatter};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::task::JoinHandle;

use crate::builder::EmulatorBuilder;
use crate::directory::User;
use crate::endpoint::Endpoint;
use crate::faults::Fault;
use crate::ids;
use crate::keys::SigningKey;
use crate::mint::TokenBuilder;
use crate::seed;
use crate::state::Environment;
use crate::tokens::{self, AccessToken};

/// A running emulator. It stops when it is dropped.
pub struct Emulator {
    environment: Arc<Environment>,
    server: JoinHandle<()>,
}

/// # Life
impl Emulator {
    /// Configures an emulator.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    /// Starts one on a free port, with no resource indicator.
    ///
    /// # Errors
    ///
    /// When no port is free, or no key can be generated.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    pub(crate) fn new(environment: Arc<Environment>, server: JoinHandle<()>) -> Self {
        Self {
            environment,
            server,
        }
    }

    /// Stops it, and returns when the port is closed. Dropping does the same without waiting.
    pub async fn stop(mut self) {
        self.server.abort();
        // The error says that the task was cancelled.
        let _ = (&mut self.server).await;
    }
}

/// # Settings of the environment
impl Emulator {
    /// The issuer of AuthKit, `http://127.0.0.1:PORT`.
    pub fn issuer(&self) -> &str {
        &self.environment.issuer
    }

    /// The base URL of the WorkOS API: the same as [`issuer`](Self::issuer).
    pub fn url(&self) -> &str {
        &self.environment.issuer
    }

    /// The API key of the environment.
    pub fn api_key(&self) -> &'static str {
        seed::API_KEY
    }

    /// The client id of the environment, the audience of tokens for no resource.
    pub fn client_id(&self) -> &'static str {
        seed::CLIENT_ID
    }

    /// Registers a resource indicator.
    pub fn add_resource(&self, url: impl Into<String>) {
        self.environment.settings.write().add_resource(url.into());
    }

    /// Registers a resource indicator as the one that counts when a client names none.
    pub fn set_default_resource(&self, url: impl Into<String>) {
        let mut settings = self.environment.settings.write();
        settings.set_default_resource(url.into());
    }

    /// Removes a resource indicator; if it was the default, there is none any more.
    pub fn remove_resource(&self, url: &str) {
        self.environment.settings.write().remove_resource(url);
    }

    /// The registered resource indicators.
    pub fn resources(&self) -> Vec<String> {
        let settings = self.environment.settings.read();
        settings.resource_uris().map(str::to_owned).collect()
    }

    /// The scopes of the environment: those of OpenID Connect, then its own.
    pub fn scopes(&self) -> Vec<String> {
        let settings = self.environment.settings.read();
        settings.scopes().into_iter().map(str::to_owned).collect()
    }

    /// How long access tokens are valid that are issued from now on, in whole seconds.
    pub fn set_access_token_lifetime(&self, lifetime: Duration) {
        self.environment.settings.write().access_token_lifetime = lifetime;
    }

    /// Takes this JSON object for the client metadata document at this URL from now on.
    pub fn set_client_metadata(&self, url: impl Into<String>, document: Value) {
        self.environment
            .client_metadata
            .configure(url.into(), document);
    }

    /// Forgets the configured client metadata document at this URL.
    pub fn remove_client_metadata(&self, url: &str) {
        self.environment.client_metadata.forget(url);
    }

    /// Claims that every user's access token carries from now on, as from a JWT template. WorkOS
    /// reserves `iss`, `sub`, `exp`, `iat`, `nbf` and `jti`: they are left out.
    pub fn set_jwt_template(&self, claims: Map<String, Value>) {
        self.environment.settings.write().set_jwt_template(claims);
    }
}

/// # Tokens
impl Emulator {
    /// An access token of the user, for the first registered resource, or for the environment when
    /// there is none.
    pub fn token(&self, user: &User) -> TokenBuilder {
        let resources = self.resources();
        let claims = AccessToken {
            audience: resources.first().map_or(seed::CLIENT_ID, String::as_str),
            user_id: user.id(),
            client_id: seed::APPLICATION_ID,
            consent_id: &ids::with_prefix("app_consent"),
            organization_id: user.default_organization(),
            scope: "openid profile email offline_access",
        }
        .claims(&self.environment);
        TokenBuilder::new(claims, self.signing_key())
    }

    /// An access token of a machine-to-machine application: `sub` is the application, there is no
    /// `sid`, and the audience is the environment, never a resource.
    pub fn machine_token(&self, application_id: &str, organization_id: &str) -> TokenBuilder {
        let claims = tokens::machine_claims(&self.environment, application_id, organization_id, "");
        TokenBuilder::new(claims, self.signing_key())
    }

    /// An ID token of the user for this application, signed with the same key as access tokens.
    pub fn id_token(&self, user: &User, client_id: &str) -> TokenBuilder {
        let scopes = ["openid", "profile", "email"];
        let claims = tokens::id_token_claims(&self.environment, user, client_id, &scopes, None);
        TokenBuilder::new(claims, self.signing_key())
    }
}

/// # Keys
impl Emulator {
    /// The key that signs now.
    pub fn signing_key(&self) -> SigningKey {
        self.environment.keys.current()
    }

    /// The public key of [`signing_key`](Self::signing_key) as a PEM `PUBLIC KEY`.
    pub fn public_key_pem(&self) -> String {
        self.signing_key().public_key_pem()
    }

    /// The public key of [`signing_key`](Self::signing_key) as a DER `SubjectPublicKeyInfo`.
    pub fn public_key_der(&self) -> Vec<u8> {
        self.signing_key().public_key_der().to_vec()
    }

    /// Publishes a new key that does not sign yet.
    ///
    /// # Errors
    ///
    /// When no key can be generated.
    pub async fn stage_key(&self) -> io::Result<SigningKey> {
        self.environment.keys.stage().await
    }

    /// Signs with the staged key, or with a new one when none is staged. The old key stays
    /// published.
    ///
    /// # Errors
    ///
    /// When no key can be generated.
    pub async fn rotate_keys(&self) -> io::Result<SigningKey> {
        self.environment.keys.rotate().await
    }

    /// Publishes only the key that signs, and the staged one if there is one.
    pub fn withdraw_old_keys(&self) {
        self.environment.keys.withdraw_old();
    }
}

/// # Faults and counts
impl Emulator {
    /// Makes an endpoint fail until [`clear_fault`](Self::clear_fault).
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) {
        self.environment.gates.of(endpoint).set(Some(fault));
    }

    /// Makes an endpoint work again.
    pub fn clear_fault(&self, endpoint: Endpoint) {
        self.environment.gates.of(endpoint).set(None);
    }

    /// How many requests arrived at an endpoint, those that met a fault included.
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        self.environment.gates.of(endpoint).requests()
    }

    /// Waits until that many requests, counted from the start, arrived at an endpoint.
    pub async fn wait_for_requests(&self, endpoint: Endpoint, count: u64) {
        let gate = self.environment.gates.of(endpoint);
        gate.wait_for_requests(count).await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Debug for Emulator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("issuer", &self.issuer())
            .finish_non_exhaustive()
    }
}
