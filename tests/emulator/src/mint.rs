//! Tokens for tests: right by default, wrong in whatever way a test asks.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use crate::keys::{SigningAlgorithm, SigningKey};
use crate::state::now;
use crate::tokens::{self, Members};

/// Makes one token. Untouched, it is what AuthKit would issue now.
#[derive(Clone, Debug)]
#[must_use = "a token is made by `build`"]
pub struct TokenBuilder {
    header: Members,
    claims: Members,
    raw_header: Option<String>,
    raw_payload: Option<String>,
    proof: Proof,
}

#[derive(Clone)]
enum Proof {
    Key(SigningKey, SigningAlgorithm),
    Secret(Vec<u8>),
    Nothing,
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key, algorithm) => f.debug_tuple("Key").field(key).field(algorithm).finish(),
            Self::Secret(_) => f.debug_tuple("Secret").finish_non_exhaustive(),
            Self::Nothing => f.write_str("Nothing"),
        }
    }
}

impl TokenBuilder {
    pub(crate) fn new(claims: Members, key: SigningKey) -> Self {
        Self {
            header: tokens::header(key.kid()),
            claims,
            raw_header: None,
            raw_payload: None,
            proof: Proof::Key(key, SigningAlgorithm::Rs256),
        }
    }

    /// Replaces `aud`.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", json!(audience.into()))
    }

    /// Replaces `iss`.
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.claim("iss", json!(issuer.into()))
    }

    /// Replaces `scope`, the granted scopes with a space between them.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.claim("scope", json!(scope.into()))
    }

    /// Replaces `org_id`.
    pub fn organization(self, id: impl Into<String>) -> Self {
        self.claim("org_id", json!(id.into()))
    }

    /// Replaces `client_id`, the application that asked for the token.
    pub fn client(self, id: impl Into<String>) -> Self {
        self.claim("client_id", json!(id.into()))
    }

    /// Sets `exp` to so many seconds from now; a negative number makes an expired token, which
    /// says that it was issued an hour before it expired.
    pub fn expires_in(self, seconds: i64) -> Self {
        let expiry = now().saturating_add(seconds);
        let builder = if seconds <= 0 {
            self.claim("iat", json!(expiry.saturating_sub(3600)))
        } else {
            self
        };
        builder.claim("exp", json!(expiry))
    }

    /// Sets any claim to any value.
    pub fn claim(mut self, name: impl Into<String>, value: Value) -> Self {
        self.claims.insert(name.into(), value);
        self
    }

    /// Leaves a claim out.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets any header parameter to any value. The signature does not follow `alg`: see
    /// [`algorithm`](Self::algorithm).
    pub fn header(mut self, name: impl Into<String>, value: Value) -> Self {
        self.header.insert(name.into(), value);
        self
    }

    /// Leaves a header parameter out.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Replaces `kid`.
    pub fn kid(self, kid: impl Into<String>) -> Self {
        self.header("kid", json!(kid.into()))
    }

    /// Signs with another key. `kid` keeps naming the current key of the environment; add
    /// `.kid(key.kid())` to name this one.
    pub fn signed_with(mut self, key: &SigningKey) -> Self {
        let algorithm = match self.proof {
            Proof::Key(_, algorithm) => algorithm,
            Proof::Secret(_) | Proof::Nothing => SigningAlgorithm::Rs256,
        };
        self.proof = Proof::Key(key.clone(), algorithm);
        self.header("alg", json!(algorithm.name()))
    }

    /// Signs with another algorithm of the same key, and says so in `alg`.
    pub fn algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        if let Proof::Key(_, chosen) = &mut self.proof {
            *chosen = algorithm;
        }
        self.header("alg", json!(algorithm.name()))
    }

    /// `alg` is `none` and the signature is empty.
    pub fn unsigned(mut self) -> Self {
        self.proof = Proof::Nothing;
        self.header("alg", json!("none"))
    }

    /// `alg` is `HS256` and the signature an HMAC with this secret: the public key of the
    /// environment, for a key confusion attack.
    pub fn hs256(mut self, secret: &[u8]) -> Self {
        self.proof = Proof::Secret(secret.to_vec());
        self.header("alg", json!("HS256"))
    }

    /// Signs this text as the header, whatever it is; nothing else said about the header counts.
    pub fn raw_header(mut self, header: impl Into<String>) -> Self {
        self.raw_header = Some(header.into());
        self
    }

    /// Signs this text as the payload, whatever it is (a member twice, for instance); nothing else
    /// said about the claims counts.
    pub fn raw_payload(mut self, payload: impl Into<String>) -> Self {
        self.raw_payload = Some(payload.into());
        self
    }

    /// The claims as they are now, to start a [`raw_payload`](Self::raw_payload) from.
    pub fn claims(&self) -> Value {
        Value::Object(self.claims.clone())
    }

    /// The token in compact form.
    pub fn build(self) -> String {
        let text = |raw: Option<String>, members| {
            raw.unwrap_or_else(|| Value::Object(members).to_string())
        };
        let header = text(self.raw_header, self.header);
        let payload = text(self.raw_payload, self.claims);
        let message = tokens::signing_input(&header, &payload);
        let signature = match self.proof {
            // A generated key always signs. Were it not so, the empty signature is refused by
            // every test that wants the token accepted.
            Proof::Key(key, algorithm) => key
                .sign(algorithm, message.as_bytes())
                .inspect_err(|error| tracing::error!("{error}"))
                .unwrap_or_default(),
            Proof::Secret(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            Proof::Nothing => Vec::new(),
        };
        tokens::compact(&message, &signature)
    }
}
