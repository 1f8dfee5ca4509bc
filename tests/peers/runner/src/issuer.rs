//! An issuer on loopback with the endpoints that the peers ask, whose keys can be added to.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Json, Router, extract::State, routing::get};
use harness::{Error, Site, WrongToken};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::tokens::{Parties, SigningKey};

const RESOURCE: &str = "https://mcp.example.com/mcp";
const SEEN: usize = 16;
const FRESH: usize = 4000;
const ROTATED: usize = 64;

pub(crate) struct Issuer {
    url: String,
    first: SigningKey,
    second: SigningKey,
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    keys: Mutex<Vec<Value>>,
    fetches: AtomicUsize,
}

impl Issuer {
    /// Serves until the runtime ends.
    pub(crate) async fn start() -> Result<Self, Error> {
        let first = SigningKey::generate("sso_oidc_key_pair_01JQ7Z3M5XKQW8R2T4V6Y8ZABC")?;
        let second = SigningKey::generate("sso_oidc_key_pair_01JQ7Z3M5XKQW8R2T4V6Y8ZABD")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            url: url.clone(),
            keys: Mutex::new(vec![first.published()]),
            fetches: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/oauth2/jwks", get(keys))
            .route("/oauth2/userinfo", get(user_info))
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/.well-known/oauth-authorization-server", get(metadata))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            url,
            first,
            second,
            shared,
        })
    }

    /// A site with what all of them need; fresh tokens take their time to sign.
    pub(crate) fn site(&self) -> Result<Site, Error> {
        let right = Parties {
            issuer: &self.url,
            audience: RESOURCE,
        };
        let elsewhere = Parties {
            audience: "https://other.example.com/mcp",
            ..right
        };
        let stranger = Parties {
            issuer: "https://other.authkit.app",
            ..right
        };
        let wrong = [
            (
                "a token for another resource",
                self.first.token(elsewhere, 0)?,
            ),
            ("a token of another issuer", self.first.token(stranger, 0)?),
            ("a token with the signature of another", self.mixed(right)?),
        ];
        Ok(Site {
            issuer: self.url.clone(),
            resource: RESOURCE.to_owned(),
            key: self.first.jwk(),
            seen: self.first.tokens(right, 0..SEEN)?,
            fresh: Vec::new(),
            rotated: self.second.tokens(right, 0..ROTATED)?,
            wrong: wrong
                .map(|(what, token)| WrongToken {
                    what: what.to_owned(),
                    token,
                })
                .into(),
        })
    }

    fn mixed(&self, parties: Parties<'_>) -> Result<String, Error> {
        let tokens = self.first.tokens(parties, 0..2)?;
        match &*tokens
            .iter()
            .filter_map(|token| token.rsplit_once('.'))
            .collect::<Vec<_>>()
        {
            [(signed, _), (_, signature)] => Ok(format!("{signed}.{signature}")),
            _ => Err("a token has no parts".into()),
        }
    }

    pub(crate) fn fresh_tokens(&self) -> Result<Vec<String>, Error> {
        let right = Parties {
            issuer: &self.url,
            audience: RESOURCE,
        };
        self.first.tokens(right, SEEN..SEEN + FRESH)
    }

    /// The next key appears beside the present one.
    pub(crate) fn rotate(&self) {
        let mut keys = self
            .shared
            .keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        keys.push(self.second.published());
    }

    /// How often the key set was fetched so far.
    pub(crate) fn fetches(&self) -> usize {
        self.shared.fetches.load(Ordering::Relaxed)
    }
}

async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.fetches.fetch_add(1, Ordering::Relaxed);
    let keys = shared.keys.lock().unwrap_or_else(PoisonError::into_inner);
    Json(json!({ "keys": *keys }))
}

async fn user_info() -> Json<Value> {
    Json(json!({ "sub": "user_01JQ7Z3M5XKQW8R2T4V6Y00000" }))
}

async fn metadata(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let url = &shared.url;
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/oauth2/authorize"),
        "token_endpoint": format!("{url}/oauth2/token"),
        "jwks_uri": format!("{url}/oauth2/jwks"),
        "response_types_supported": ["code"],
    }))
}
