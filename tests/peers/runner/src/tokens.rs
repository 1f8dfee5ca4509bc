//! A signing key, and tokens in the shape of `AuthKit`'s.

use std::time::SystemTime;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use harness::{Error, Jwk};
use serde_json::{Value, json};

/// Longer than the longest run.
const LIFETIME: u64 = 2 * 60 * 60;

pub(crate) struct SigningKey {
    id: String,
    pair: KeyPair,
}

/// What the claims say of issuer and audience.
#[derive(Clone, Copy)]
pub(crate) struct Parties<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
}

impl SigningKey {
    pub(crate) fn generate(id: &str) -> Result<Self, Error> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| "no key can be generated")?;
        let id = id.to_owned();
        Ok(Self { id, pair })
    }

    pub(crate) fn jwk(&self) -> Jwk {
        let key = self.pair.public_key();
        Jwk {
            n: BASE64.encode(key.modulus().big_endian_without_leading_zero()),
            e: BASE64.encode(key.exponent().big_endian_without_leading_zero()),
        }
    }

    /// The key as its issuer publishes it.
    pub(crate) fn published(&self) -> Value {
        let Jwk { n, e } = self.jwk();
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "n": n, "e": e })
    }

    pub(crate) fn tokens(
        &self,
        parties: Parties<'_>,
        numbers: std::ops::Range<usize>,
    ) -> Result<Vec<String>, Error> {
        numbers.map(|number| self.token(parties, number)).collect()
    }

    pub(crate) fn token(&self, parties: Parties<'_>, number: usize) -> Result<String, Error> {
        let now = SystemTime::UNIX_EPOCH.elapsed()?.as_secs();
        let header = json!({ "alg": "RS256", "kid": self.id });
        let claims = json!({
            "iss": parties.issuer,
            "aud": parties.audience,
            "sub": format!("user_01JQ7Z3M5XKQW8R2T4V6Y{number:05}"),
            "sid": "app_consent_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "jti": format!("01JQ7Z3M5XKQW8R2T4V6Z{number:05}"),
            "org_id": "org_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "client_id": "client_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "scope": "openid profile email offline_access",
            "exp": now + LIFETIME,
            "iat": now,
        });
        let signed = format!(
            "{}.{}",
            BASE64.encode(header.to_string()),
            BASE64.encode(claims.to_string())
        );
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| "a token cannot be signed")?;
        Ok(format!("{signed}.{}", BASE64.encode(signature)))
    }
}
