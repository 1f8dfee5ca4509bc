//! An issuer of the tests' own.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot sign has nothing to say"
)]

use std::sync::OnceLock;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};

/// Signs tokens, and has the key set that goes with them.
pub(crate) struct Signer {
    key: KeyPair,
    pub(crate) key_id: &'static str,
}

impl Signer {
    pub(crate) fn first() -> &'static Self {
        static SIGNER: OnceLock<Signer> = OnceLock::new();
        SIGNER.get_or_init(|| Self::new("sso_oidc_key_pair_01FIRST"))
    }

    pub(crate) fn second() -> &'static Self {
        static SIGNER: OnceLock<Signer> = OnceLock::new();
        SIGNER.get_or_init(|| Self::new("sso_oidc_key_pair_01SECOND"))
    }

    pub(crate) fn new(key_id: &'static str) -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        Self { key, key_id }
    }

    /// The modulus of the public key; the exponent is 65537.
    pub(crate) fn modulus(&self) -> Vec<u8> {
        let public_key = self.key.public_key().as_ref();
        // PKCS#1: the modulus is followed by tag, length and three bytes of the exponent.
        let end = public_key.len() - 5;
        public_key[end - self.key.public_modulus_len()..end].to_vec()
    }

    pub(crate) fn jwk(&self) -> Value {
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id,
            "n": BASE64.encode(self.modulus()), "e": "AQAB",
            "x5c": ["MIIB"], "x5t#S256": "AAAA",
        })
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "RS256", "kid": self.key_id })
    }

    /// A token as AuthKit makes them.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.sign(&self.header().to_string(), &claims.to_string())
    }

    pub(crate) fn sign(&self, header: &str, payload: &str) -> String {
        self.sign_segments(&format!(
            "{}.{}",
            BASE64.encode(header),
            BASE64.encode(payload)
        ))
    }

    pub(crate) fn sign_segments(&self, signed: &str) -> String {
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &random,
                signed.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{signed}.{}", BASE64.encode(signature))
    }
}

pub(crate) fn key_set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}
