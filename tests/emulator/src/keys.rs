//! RSA signing keys and the key set of the environment.

use std::fmt::{self, Debug, Formatter};
use std::io;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{self, KeyPair as _, RsaEncoding, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::ids;

/// An RSA key of 2048 bits with a key id.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    material: Arc<Material>,
}

struct Material {
    pair: KeyPair,
    public_der: Vec<u8>,
}

impl SigningKey {
    /// A fresh key that no emulator publishes.
    ///
    /// This computes for a noticeable time (a tenth of a second is usual), on the thread that calls.
    ///
    /// # Errors
    ///
    /// When the cryptography library fails to generate the key.
    pub fn generate() -> io::Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048)
            .map_err(|_| io::Error::other("the RSA key could not be generated"))?;
        let public_der = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key())
            .map_err(|_| io::Error::other("the RSA key could not be encoded"))?;
        Ok(Self {
            kid: fresh_kid(),
            material: Arc::new(Material {
                public_der: public_der.as_ref().to_vec(),
                pair,
            }),
        })
    }

    /// The key at this place of the process-wide pool, with a key id of its own.
    async fn pooled(place: usize) -> io::Result<Self> {
        static POOL: Mutex<Vec<SigningKey>> = Mutex::new(Vec::new());
        // The lock is held while a key is generated: whoever else needs the key waits for this one.
        let key = tokio::task::spawn_blocking(move || {
            let mut pool = POOL.lock();
            loop {
                if let Some(key) = pool.get(place) {
                    return io::Result::Ok(key.clone());
                }
                pool.push(Self::generate()?);
            }
        });
        let key: Self = key.await.map_err(io::Error::other)??;
        Ok(Self {
            kid: fresh_kid(),
            ..key
        })
    }

    /// The key id, `sso_oidc_key_pair_…`.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a DER `SubjectPublicKeyInfo`.
    pub fn public_key_der(&self) -> &[u8] {
        &self.material.public_der
    }

    /// The public key as a PEM `PUBLIC KEY`.
    pub fn public_key_pem(&self) -> String {
        let body = BASE64_STANDARD.encode(&self.material.public_der);
        let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
        let mut rest = body.as_str();
        while !rest.is_empty() {
            // RFC 7468 breaks lines after 64 characters.
            let (line, next) = rest.split_at(rest.len().min(64));
            pem.push_str(line);
            pem.push('\n');
            rest = next;
        }
        pem.push_str("-----END PUBLIC KEY-----\n");
        pem
    }

    /// The public key as AuthKit publishes it.
    pub fn jwk(&self) -> Value {
        let public = self.material.pair.public_key();
        let integer = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "alg": "RS256",
            "e": integer(public.exponent().big_endian_without_leading_zero()),
            "kid": self.kid,
            "kty": "RSA",
            "n": integer(public.modulus().big_endian_without_leading_zero()),
            "use": "sig",
        })
    }

    pub(crate) fn sign(&self, algorithm: SigningAlgorithm, message: &[u8]) -> io::Result<Vec<u8>> {
        let pair = &self.material.pair;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            algorithm.encoding(),
            &SystemRandom::new(),
            message,
            &mut signature,
        )
        .map_err(|_| io::Error::other("the token could not be signed"))?;
        Ok(signature)
    }
}

impl SigningKey {
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let public = self.material.pair.public_key().as_ref();
        UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, public)
            .verify(message, signature)
            .is_ok()
    }
}

impl Debug for SigningKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

fn fresh_kid() -> String {
    ids::with_prefix("sso_oidc_key_pair")
}

/// A signature algorithm of an RSA key. AuthKit uses RS256 only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512
    Rs512,
    /// RSASSA-PSS with SHA-256
    Ps256,
    /// RSASSA-PSS with SHA-384
    Ps384,
    /// RSASSA-PSS with SHA-512
    Ps512,
}

impl SigningAlgorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
        }
    }

    fn encoding(self) -> &'static dyn RsaEncoding {
        match self {
            Self::Rs256 => &signature::RSA_PKCS1_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_SHA512,
            Self::Ps256 => &signature::RSA_PSS_SHA256,
            Self::Ps384 => &signature::RSA_PSS_SHA384,
            Self::Ps512 => &signature::RSA_PSS_SHA512,
        }
    }
}

/// The keys of one environment.
pub(crate) struct Keys(Mutex<KeyRing>);

struct KeyRing {
    current: SigningKey,
    published: Vec<SigningKey>,
    staged: Option<SigningKey>,
    /// How many keys of the pool this environment took.
    taken: usize,
}

impl Keys {
    pub(crate) async fn new() -> io::Result<Self> {
        let current = SigningKey::pooled(0).await?;
        Ok(Self(Mutex::new(KeyRing {
            published: vec![current.clone()],
            current,
            staged: None,
            taken: 1,
        })))
    }

    pub(crate) fn current(&self) -> SigningKey {
        self.0.lock().current.clone()
    }

    pub(crate) fn published(&self, kid: &str) -> Option<SigningKey> {
        let ring = self.0.lock();
        ring.published.iter().find(|key| key.kid == kid).cloned()
    }

    pub(crate) fn jwks(&self) -> Value {
        let ring = self.0.lock();
        let keys: Vec<Value> = ring.published.iter().map(SigningKey::jwk).collect();
        json!({ "keys": keys })
    }

    pub(crate) async fn stage(&self) -> io::Result<SigningKey> {
        let place = {
            let mut ring = self.0.lock();
            ring.taken += 1;
            ring.taken - 1
        };
        let key = SigningKey::pooled(place).await?;
        let mut ring = self.0.lock();
        ring.published.push(key.clone());
        ring.staged = Some(key.clone());
        Ok(key)
    }

    pub(crate) async fn rotate(&self) -> io::Result<SigningKey> {
        let staged = self.0.lock().staged.take();
        let key = match staged {
            Some(key) => key,
            None => self.stage().await?,
        };
        let mut ring = self.0.lock();
        ring.staged = None;
        ring.current = key.clone();
        Ok(key)
    }

    pub(crate) fn withdraw_old(&self) {
        let mut ring = self.0.lock();
        let kept =
            [Some(&ring.current), ring.staged.as_ref()].map(|key| key.map(|key| key.kid.clone()));
        ring.published
            .retain(|key| kept.iter().flatten().any(|kid| *kid == key.kid));
    }
}
