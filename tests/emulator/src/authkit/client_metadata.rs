//! Client id metadata documents: clients whose id is the URL of their registration.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::RwLock;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::clients::{Client, ClientAuthentication, GrantType, Origin};
use super::public_address::{PublicOnly, is_public};
use super::redirect_uri;
use crate::state::Environment;

/// What the draft recommends as the limit.
const MAX_DOCUMENT: usize = 5 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);

/// Where documents come from.
#[derive(Default)]
pub(crate) struct ClientMetadata {
    configured: RwLock<HashMap<String, Value>>,
    fetch: Fetch,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Fetch {
    #[default]
    Never,
    Public,
    /// From loopback and private addresses too.
    Anywhere,
}

#[derive(Deserialize)]
struct Document {
    client_id: String,
    client_name: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default = "none")]
    token_endpoint_auth_method: String,
    #[serde(default = "both_grant_types")]
    grant_types: Vec<String>,
    client_secret: Option<Value>,
}

fn none() -> String {
    ClientAuthentication::None.name().to_owned()
}

fn both_grant_types() -> Vec<String> {
    vec!["authorization_code".to_owned(), "refresh_token".to_owned()]
}

impl ClientMetadata {
    pub(crate) fn configure(&self, url: String, document: Value) {
        self.configured.write().insert(url, document);
    }

    pub(crate) fn forget(&self, url: &str) {
        self.configured.write().remove(url);
    }

    pub(crate) fn allow_fetch(&mut self) {
        if self.fetch == Fetch::Never {
            self.fetch = Fetch::Public;
        }
    }

    pub(crate) fn allow_private_fetch(&mut self) {
        self.fetch = Fetch::Anywhere;
    }

    pub(crate) fn is_on(&self) -> bool {
        self.fetch != Fetch::Never || !self.configured.read().is_empty()
    }

    async fn document(&self, url: &str) -> Result<Value, String> {
        if let Some(document) = self.configured.read().get(url) {
            return Ok(document.clone());
        }
        if self.fetch == Fetch::Never {
            return Err(
                "it is not configured, and fetching client metadata documents is off: \
                        start the emulator with --allow-client-metadata-fetch, or configure the \
                        document with EmulatorBuilder::client_metadata"
                    .to_owned(),
            );
        }
        fetch(url, self.fetch).await
    }
}

/// The client that the document at this URL describes, read anew; the token endpoint then knows it
/// without asking again.
pub(crate) async fn resolve(environment: &Environment, url: &str) -> Result<Client, String> {
    let document = environment.client_metadata.document(url).await?;
    let client = client(url, document)?;
    let mut clients = environment.clients.lock();
    clients.insert(url.to_owned(), client.clone());
    Ok(client)
}

fn client(url: &str, document: Value) -> Result<Client, String> {
    let document: Document = serde_json::from_value(document).map_err(|error| error.to_string())?;
    if document.client_id != url {
        return Err(format!(
            "its client_id is {}, but it must be the URL of the document, byte for byte",
            document.client_id
        ));
    }
    if document.client_secret.is_some() {
        return Err("it must not hold a client_secret: everybody can read it".to_owned());
    }
    if document.token_endpoint_auth_method != ClientAuthentication::None.name() {
        return Err(format!(
            "its token_endpoint_auth_method is {}, but it must be none",
            document.token_endpoint_auth_method
        ));
    }
    if document.redirect_uris.is_empty() {
        return Err("it names no redirect URI in redirect_uris".to_owned());
    }
    for uri in &document.redirect_uris {
        redirect_uri::parse(uri)?;
    }
    let mut grant_types = vec![GrantType::AuthorizationCode];
    if document
        .grant_types
        .iter()
        .any(|name| name == "refresh_token")
    {
        grant_types.push(GrantType::RefreshToken);
    }
    Ok(Client {
        id: document.client_id,
        name: document.client_name,
        origin: Origin::Document,
        redirect_uris: document.redirect_uris,
        authentication: vec![ClientAuthentication::None],
        secret: None,
        grant_types,
        machine: None,
    })
}

async fn fetch(url: &str, from: Fetch) -> Result<Value, String> {
    let url = fetchable(url, from)?;
    let builder = reqwest::Client::builder()
        // A redirect or a proxy would reach addresses that nobody checked.
        .redirect(Policy::none())
        .no_proxy()
        .timeout(TIMEOUT);
    let builder = match from {
        Fetch::Anywhere => builder,
        Fetch::Never | Fetch::Public => builder.dns_resolver(PublicOnly),
    };
    let http = builder.build().map_err(|error| error.to_string())?;
    let failed = |error: reqwest::Error| format!("it could not be fetched: {}", sources(&error));
    let mut response = http
        .get(url)
        .header("accept", "application/json")
        .send()
        .await
        .map_err(failed)?;
    if response.status() != http::StatusCode::OK {
        return Err(format!(
            "its server answers {}; it must answer 200",
            response.status()
        ));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > MAX_DOCUMENT {
            return Err(format!("it is longer than {MAX_DOCUMENT} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|error| format!("it is not JSON: {error}"))
}

fn fetchable(text: &str, from: Fetch) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let anywhere = from == Fetch::Anywhere;
    if url.scheme() != "https" && !anywhere {
        return Err("its URL must use https".to_owned());
    }
    // What the parser mends, such as `/a/../b`, is not what the client is called.
    if url.as_str() != text || !url.username().is_empty() || url.password().is_some() {
        return Err("its URL must be in normal form and without a user name".to_owned());
    }
    if url.path() == "/" || url.fragment().is_some() {
        return Err("its URL must have a path and no fragment".to_owned());
    }
    // Names are checked where they are resolved; addresses never are.
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
        Some(Host::Domain(_)) | None => None,
    };
    if address.is_some_and(|address| !anywhere && !is_public(address)) {
        return Err("its URL must not lead to a loopback or private address".to_owned());
    }
    Ok(url)
}

fn sources(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
