//! Session ids of the older protocol versions, bound to who opened the session.
//!
//! The specification asks to bind them to the user, and never to take them for authentication
//! ([MCP, session hijacking](https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#session-hijacking)).
//! The id that a client sees carries a tag that only this server can make, for this principal and this id.
//! So any replica can check it, and nothing has to be remembered.

use aws_lc_rs::{hkdf, hmac, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use crate::{
    config::Config,
    error::{ConfigError, ConfigProblem},
    session::Principal,
};

pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// Changes with the way that tags are made, so that tags of two ways are not mixed up.
const VERSION: &[u8] = b"workos-mcp session id 1";

pub(crate) struct SessionTags {
    key: hmac::Key,
}

/// The session is not this principal's, or not one of this server's at all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Foreign;

impl SessionTags {
    /// The key comes from the API key, which replicas share; without one it is drawn for this process.
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let key = match &config.api_key {
            Some(api_key) => derived(api_key.expose_secret().as_bytes(), &config.resource.url),
            None => drawn(),
        };
        let key = key.ok_or_else(|| {
            ConfigError::new(vec![ConfigProblem::new(
                "api_key",
                Some("WORKOS_API_KEY"),
                "gives no key for session ids: the system has no randomness",
            )])
        })?;
        Ok(Self { key })
    }

    /// Puts the tag behind the id that an answer hands out.
    pub(super) fn seal(&self, headers: &mut HeaderMap, principal: &Principal) {
        let Some(id) = headers.get(SESSION_ID) else {
            return;
        };
        let tag = hmac::sign(&self.key, &message(principal, id.as_bytes()));
        let mut sealed = id.as_bytes().to_vec();
        sealed.push(b'.');
        sealed.extend(URL_SAFE_NO_PAD.encode(tag).into_bytes());
        // Both parts are visible ASCII; a header that cannot be made must not leave the id bare.
        match HeaderValue::from_bytes(&sealed) {
            Ok(sealed) => headers.insert(SESSION_ID, sealed),
            Err(_) => headers.remove(SESSION_ID),
        };
    }

    /// Checks the tag of the id that a request names, and takes it off.
    pub(super) fn open(
        &self,
        headers: &mut HeaderMap,
        principal: &Principal,
    ) -> Result<(), Foreign> {
        let mut ids = headers.get_all(SESSION_ID).iter();
        let Some(sealed) = ids.next() else {
            return Ok(());
        };
        if ids.next().is_some() {
            return Err(Foreign);
        }
        let (id, tag) = sealed
            .to_str()
            .ok()
            .and_then(|sealed| sealed.rsplit_once('.'))
            .ok_or(Foreign)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| Foreign)?;
        hmac::verify(&self.key, &message(principal, id.as_bytes()), &tag).map_err(|_| Foreign)?;
        let id = HeaderValue::from_str(id).map_err(|_| Foreign)?;
        headers.insert(SESSION_ID, id);
        Ok(())
    }
}

fn derived(secret: &[u8], resource: &str) -> Option<hmac::Key> {
    let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, VERSION).extract(secret);
    let info = [VERSION, resource.as_bytes()];
    Some(hmac::Key::from(
        secret.expand(&info, hmac::HMAC_SHA256).ok()?,
    ))
}

fn drawn() -> Option<hmac::Key> {
    let mut secret = [0; 32];
    rand::fill(&mut secret).ok()?;
    Some(hmac::Key::new(hmac::HMAC_SHA256, &secret))
}

/// Each part with its length before it, so that no two principals and ids give the same bytes.
fn message(principal: &Principal, id: &[u8]) -> Vec<u8> {
    let kind = match principal {
        Principal::User(_) => "user",
    };
    let organization = principal.organization_id();
    let parts = [
        kind.as_bytes(),
        principal.issuer().as_bytes(),
        principal.subject().as_bytes(),
        &[u8::from(organization.is_some())],
        organization.unwrap_or_default().as_bytes(),
        id,
    ];
    let mut message = Vec::new();
    for part in parts {
        message.extend((part.len() as u64).to_be_bytes());
        message.extend(part);
    }
    message
}
