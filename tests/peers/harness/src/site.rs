//! What the runner tells a measured program.

use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, Serialize)]
pub struct Site {
    /// An issuer on loopback, laid out as `AuthKit` is.
    pub issuer: String,
    /// The resource that the tokens are for, which is the URL of the MCP server.
    pub resource: String,
    pub key: Jwk,
    /// Good tokens, every one of them presented once before anything is measured.
    pub seen: Vec<String>,
    /// Good tokens that are presented once. Only for who keeps verified tokens; to others every request is the first.
    pub fresh: Vec<String>,
    /// Tokens of the key that the issuer adds during the rotation.
    pub rotated: Vec<String>,
    /// Tokens that nobody may accept.
    pub wrong: Vec<WrongToken>,
}

/// The public key in the encoding of a key set.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Jwk {
    pub n: String,
    pub e: String,
}

#[derive(Debug, Deserialize, Serialize)]
pub struct WrongToken {
    pub what: String,
    pub token: String,
}

impl Site {
    pub fn key_set_url(&self) -> String {
        format!("{}/oauth2/jwks", self.issuer)
    }
}
