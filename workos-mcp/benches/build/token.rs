//! A key, its key set, and a token that it signed.

use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{
        KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
        RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::json;

const KEY_ID: &str = "sso_oidc_key_pair_01JQ7Z3M5XKQW8R2T4V6Y8ZABC";

pub(crate) struct Issuer {
    key: KeyPair,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = key.public_key().as_ref();
        // PKCS#1 of a 2048-bit key: the modulus ends before the two bytes of the head of the exponent, 65537.
        let (head, exponent) = der.split_at(der.len() - 3);
        let (exponent, modulus) = (exponent.to_vec(), head[head.len() - 258..][..256].to_vec());
        Self {
            key,
            modulus,
            exponent,
        }
    }

    pub(crate) fn key_set(&self) -> String {
        let (modulus, exponent) = (BASE64.encode(&self.modulus), BASE64.encode(&self.exponent));
        let key = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": modulus, "e": exponent });
        json!({ "keys": [key] }).to_string()
    }

    /// As AuthKit issues it.
    pub(crate) fn token(&self, issuer: &str, audience: &str) -> String {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let header = json!({ "alg": "RS256", "kid": KEY_ID });
        let claims = json!({
            "iss": issuer,
            "aud": audience,
            "sub": "user_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "sid": "app_consent_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "jti": "01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "org_id": "org_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "client_id": "client_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "scope": "openid profile email offline_access",
            "exp": now + 3600,
            "iat": now,
        });
        let [header, claims] = [header, claims].map(|part| BASE64.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{signed}.{}", BASE64.encode(signature))
    }

    /// The time of a bare check of a token's signature, that a tenth of the rounds undercut: what others do on this
    /// machine only ever adds.
    pub(crate) fn raw_verify(&self, token: &str) -> Duration {
        let components = RsaPublicKeyComponents {
            n: &self.modulus,
            e: &self.exponent,
        };
        let key: ParsedPublicKey = components
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = BASE64.decode(signature).unwrap();
        let mut times: Vec<_> = (0..2000)
            .map(|_| {
                let start = Instant::now();
                key.verify_sig(black_box(signed.as_bytes()), black_box(&signature))
                    .unwrap();
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[times.len() / 10]
    }
}
