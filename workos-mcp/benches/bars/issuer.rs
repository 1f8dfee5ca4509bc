//! An issuer that consists of a key set, and a provider that trusts it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::SystemTime,
};

use axum::{Router, http::StatusCode, routing::get};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};
use workos_mcp::{Provider, ProviderBuilder};

use crate::key::Key;

/// Where the server of the benchmarks says that it is.
pub(crate) const BASE_URL: &str = "https://mcp.example.com";

/// Serves its key set on loopback, and signs.
pub(crate) struct Issuer {
    pub(crate) key: Key,
    url: String,
    published: Arc<Published>,
}

#[derive(Default)]
struct Published {
    /// `None` while the endpoint is down.
    key_set: Mutex<Option<Value>>,
    requests: AtomicU64,
}

impl Issuer {
    pub(crate) fn start(runtime: &Runtime) -> Self {
        let key = Key::new(0);
        let published = Arc::new(Published::default());
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = Arc::clone(&published);
        let answer = move || {
            served.requests.fetch_add(1, Ordering::Relaxed);
            let key_set = served.key_set.lock().unwrap().clone();
            async {
                key_set
                    .map(|keys| keys.to_string())
                    .ok_or(StatusCode::SERVICE_UNAVAILABLE)
            }
        };
        let router = Router::new().route("/oauth2/jwks", get(answer));
        runtime.spawn(async { axum::serve(listener, router).await });
        let issuer = Self {
            key,
            url,
            published,
        };
        issuer.publish(&[&issuer.key]);
        issuer
    }

    pub(crate) fn publish(&self, keys: &[&Key]) {
        let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
        *self.published.key_set.lock().unwrap() = Some(json!({ "keys": keys }));
    }

    /// From now on the endpoint is down.
    pub(crate) fn withhold(&self) {
        *self.published.key_set.lock().unwrap() = None;
    }

    /// How often the endpoint was asked.
    pub(crate) fn requests(&self) -> u64 {
        self.published.requests.load(Ordering::Relaxed)
    }

    /// A builder of which everything is set that this needs, so that no variable of the environment counts.
    pub(crate) fn provider(&self) -> ProviderBuilder {
        Provider::builder()
            .authkit_domain(&self.url)
            .base_url(BASE_URL)
            .mcp_path("/mcp")
            .api_key("sk_of_nobody")
            .client_id("client_01JQ7Z3M5XKQW8R2T4V6Y8ZENV")
    }

    pub(crate) fn token(&self, number: usize) -> String {
        self.token_by(&self.key, number)
    }

    /// As AuthKit makes them for MCP, about 1 KB.
    pub(crate) fn token_by(&self, key: &Key, number: usize) -> String {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        key.token(&json!({
            "iss": self.url,
            "aud": format!("{BASE_URL}/mcp"),
            "sub": format!("user_01JQ7Z3M5XKQW8R2T4V{number:07}"),
            "sid": "app_consent_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "jti": format!("01JQ7Z3M5XKQW8R2T4V{number:07}"),
            "org_id": "org_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "client_id": "client_01JQ7Z3M5XKQW8R2T4V6Y8ZABC",
            "scope": "openid profile email offline_access",
            "exp": now + 3600,
            "iat": now,
        }))
    }

    /// As many tokens as are asked for, by all cores.
    pub(crate) fn tokens(&self, count: usize) -> Vec<String> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = count.div_ceil(threads);
        thread::scope(|scope| {
            let signing: Vec<_> = (0..count)
                .step_by(share)
                .map(|first| {
                    let numbers = first..count.min(first + share);
                    scope
                        .spawn(move || numbers.map(|number| self.token(number)).collect::<Vec<_>>())
                })
                .collect();
            let signed = signing.into_iter().map(|thread| thread.join().unwrap());
            signed.flatten().collect()
        })
    }
}
