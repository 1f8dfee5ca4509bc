//! What one running emulator knows.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::{Mutex, RwLock};
use serde_json::{Map, Value};

use crate::authkit::{Client, ClientMetadata, Grants};
use crate::bounded::Bounded;
use crate::directory::Directory;
use crate::faults::Gates;
use crate::ids;
use crate::keys::Keys;
use crate::records::Records;

pub(crate) struct Environment {
    pub(crate) issuer: String,
    pub(crate) settings: RwLock<Settings>,
    pub(crate) directory: RwLock<Directory>,
    pub(crate) keys: Keys,
    pub(crate) gates: Gates,
    pub(crate) clients: Mutex<Bounded<String, Client>>,
    pub(crate) grants: Mutex<Grants>,
    pub(crate) client_metadata: ClientMetadata,
    pub(crate) records: Records,
}

/// A resource indicator.
#[derive(Clone)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) uri: String,
    pub(crate) created_at: String,
}

/// What the dashboard would set.
pub(crate) struct Settings {
    pub(crate) resources: Vec<Resource>,
    pub(crate) default_resource: Option<String>,
    pub(crate) custom_scopes: Vec<String>,
    pub(crate) access_token_lifetime: Duration,
    pub(crate) jwt_template: Map<String, Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            resources: Vec::new(),
            default_resource: None,
            custom_scopes: Vec::new(),
            access_token_lifetime: Duration::from_secs(300),
            jwt_template: Map::new(),
        }
    }
}

impl Settings {
    pub(crate) const STANDARD_SCOPES: [&str; 4] = ["email", "offline_access", "openid", "profile"];

    pub(crate) fn scopes(&self) -> Vec<&str> {
        let custom = self.custom_scopes.iter().map(String::as_str);
        Self::STANDARD_SCOPES.into_iter().chain(custom).collect()
    }

    pub(crate) fn add_scope(&mut self, name: String) {
        if !self.scopes().contains(&&*name) {
            self.custom_scopes.push(name);
        }
    }

    pub(crate) fn add_resource(&mut self, url: String) {
        if !self.has_resource(&url) {
            self.resources.push(Resource {
                id: ids::with_prefix("authkit_oauth_resource"),
                uri: url,
                created_at: timestamp(SystemTime::now()),
            });
        }
    }

    /// Byte for byte: `https://a.example` and `https://a.example/` are two resources.
    pub(crate) fn has_resource(&self, url: &str) -> bool {
        self.resource_uris().any(|uri| uri == url)
    }

    pub(crate) fn resource_uris(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().map(|resource| resource.uri.as_str())
    }

    pub(crate) fn set_default_resource(&mut self, url: String) {
        self.add_resource(url.clone());
        self.default_resource = Some(url);
    }

    pub(crate) fn remove_resource(&mut self, url: &str) {
        self.resources.retain(|resource| resource.uri != url);
        self.default_resource
            .take_if(|resource| resource.as_str() == url);
    }

    /// Claims that WorkOS does not let a template set are left out.
    pub(crate) fn set_jwt_template(&mut self, claims: Map<String, Value>) {
        const RESERVED: [&str; 6] = ["iss", "sub", "exp", "iat", "nbf", "jti"];
        self.jwt_template = claims;
        self.jwt_template
            .retain(|name, _| !RESERVED.contains(&name.as_str()));
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

pub(crate) fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// A time as WorkOS writes it, `2025-07-25T10:30:00.000Z`.
pub(crate) fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}
