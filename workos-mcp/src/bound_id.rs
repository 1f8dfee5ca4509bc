//! Ids that are good for nobody but the principal who was given them.
//!
//! Session ids must be bound to the user, and are never to be taken for authentication
//! ([MCP, session hijacking](https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#session-hijacking));
//! the same holds for the ids of tasks. The id that a client sees carries a tag that only this server can make, for this
//! principal and this id. So any replica can check it, and nothing has to be remembered.

use aws_lc_rs::{digest::SHA256_OUTPUT_LEN, hkdf, hmac, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    config::Config,
    error::{ConfigError, ConfigProblem},
    principal::Principal,
};

/// Changes with the way that tags are made, so that tags of two ways are not mixed up.
const VERSION: &[u8] = b"workos-mcp bound id 2";

/// What an id names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Session,
    #[cfg_attr(
        not(feature = "rmcp"),
        expect(dead_code, reason = "only an rmcp handler has tasks")
    )]
    Task,
}

pub(crate) struct BoundIds {
    /// Tags are made with the first, and checked with each.
    keys: Vec<hmac::Key>,
}

/// The id is not this principal's, or not one of this server's at all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Foreign;

impl BoundIds {
    /// The key comes from the session key or else from the API key, which replicas share; without either it is drawn
    /// for this process.
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let secret = config.session_key.as_ref().or(config.api_key.as_ref());
        let resource = &config.resource.url;
        let current = match secret {
            Some(secret) => derived(secret, resource),
            None => drawn(),
        };
        let previous = config.previous_session_key.as_ref();
        let keys: Option<Vec<_>> = std::iter::once(current)
            .chain(previous.map(|secret| derived(secret, resource)))
            .collect();
        let keys = keys.ok_or_else(|| {
            ConfigError::new(vec![ConfigProblem::new(
                "session_key",
                Some("WORKOS_MCP_SESSION_KEY"),
                "gives no key for session ids: the system has no randomness",
            )])
        })?;
        Ok(Self { keys })
    }

    /// The id with its tag behind it.
    pub(crate) fn seal(&self, kind: Kind, principal: &Principal, id: &str) -> String {
        // There is always a first key.
        let tag = self
            .keys
            .first()
            .map(|key| hmac::sign(key, &message(kind, principal, id)));
        let tag = tag
            .map(|tag| URL_SAFE_NO_PAD.encode(tag))
            .unwrap_or_default();
        format!("{id}.{tag}")
    }

    /// Checks the tag, and gives the id without it.
    pub(crate) fn open<'s>(
        &self,
        kind: Kind,
        principal: &Principal,
        sealed: &'s str,
    ) -> Result<&'s str, Foreign> {
        let (id, tag) = sealed.rsplit_once('.').ok_or(Foreign)?;
        // Room for whole groups of four characters, which are three bytes each.
        let mut decoded = [0; SHA256_OUTPUT_LEN.next_multiple_of(3)];
        let length = URL_SAFE_NO_PAD.decode_slice(tag, &mut decoded);
        let tag = &decoded[..length.map_err(|_| Foreign)?];
        let message = message(kind, principal, id);
        let good = |key| hmac::verify(key, &message, tag).is_ok();
        if self.keys.iter().any(good) {
            Ok(id)
        } else {
            Err(Foreign)
        }
    }
}

fn derived(secret: &SecretString, resource: &str) -> Option<hmac::Key> {
    let secret = secret.expose_secret().as_bytes();
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
fn message(kind: Kind, principal: &Principal, id: &str) -> Vec<u8> {
    let kind = match kind {
        Kind::Session => "session",
        Kind::Task => "task",
    };
    let organization = principal.organization_id();
    let parts = [
        kind.as_bytes(),
        principal.kind().as_bytes(),
        principal.issuer().as_bytes(),
        principal.subject().as_bytes(),
        &[u8::from(organization.is_some())],
        organization.unwrap_or_default().as_bytes(),
        id.as_bytes(),
    ];
    let length = parts.iter().map(|part| 8 + part.len()).sum();
    let mut message = Vec::with_capacity(length);
    for part in parts {
        message.extend((part.len() as u64).to_be_bytes());
        message.extend(part);
    }
    message
}
