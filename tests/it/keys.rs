//! New keys of AuthKit are known at once, withdrawn ones are gone at once, and AuthKit is asked seldom.

mod faults;
mod outages;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, response::Response};
use futures_util::future::{join_all, try_join_all};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::Service;
use workos_mcp::Limits;
use workos_mcp_emulator::{Emulator, Endpoint, Fault, SigningKey};
use workos_mcp_tests::{CALL, CALL_HEADERS, Tools, World};

/// A server, and what its tools saw.
struct Site {
    world: World,
    entered: Arc<AtomicUsize>,
}

impl Site {
    async fn start() -> Self {
        Self::of(Emulator::start().await.unwrap(), |_| {}).await
    }

    async fn of(emulator: Emulator, change: impl FnOnce(&mut Limits) + 'static) -> Self {
        let tools = Tools::default();
        let entered = tools.entered.clone();
        let world = World::builder().emulator(emulator).configure(|builder| {
            let mut limits = Limits::default();
            limits.key_retry = Duration::ZERO;
            change(&mut limits);
            builder.limits(limits)
        });
        let world = world.start(move || Ok(tools.clone())).await;
        Self { world, entered }
    }

    fn emulator(&self) -> &Emulator {
        &self.world.emulator
    }

    fn token(&self) -> String {
        self.world.token(&self.emulator().ada())
    }

    fn token_of(&self, kid: &str) -> String {
        let token = self.emulator().token(&self.emulator().ada());
        token.kid(kid).build()
    }

    fn fetches(&self) -> u64 {
        self.emulator().requests(Endpoint::Jwks)
    }

    async fn call(&self, token: &str) -> reqwest::Response {
        self.world.call().bearer_auth(token).send().await.unwrap()
    }

    async fn status(&self, token: &str) -> StatusCode {
        self.call(token).await.status()
    }

    /// A fresh token, one that no cache knows, is accepted.
    async fn accepts(&self, name: &str) {
        assert_eq!(self.status(&self.token()).await, 200, "{name}");
    }

    /// Tries until a fresh token is accepted.
    async fn recovers(&self, name: &str) {
        for _ in 0..1000 {
            if self.status(&self.token()).await == 200 {
                return;
            }
        }
        panic!("{name}: still refused");
    }

    /// Waits until the background has asked for the keys, and was answered, since now.
    async fn refreshed(&self) {
        let asked = self.fetches() + 2;
        let asked = self.emulator().wait_for_requests(Endpoint::Jwks, asked);
        tokio::time::timeout(Duration::from_secs(10), asked)
            .await
            .expect("the keys are refreshed in the background");
    }

    /// So many calls at the same time, past the sockets, each with a token of its own.
    async fn call_at_once(&self, count: usize) -> Vec<StatusCode> {
        let tools = Tools {
            entered: self.entered.clone(),
            ..Tools::default()
        };
        let router = self.world.provider.router(move || Ok(tools.clone()));
        let calls = (0..count).map(|_| {
            let mut request = Request::post("/mcp")
                .header("host", self.world.host())
                .header("authorization", format!("Bearer {}", self.token()));
            for (name, value) in CALL_HEADERS {
                request = request.header(name, value);
            }
            router.clone().call(request.body(Body::from(CALL)).unwrap())
        });
        let responses = try_join_all(calls).await.unwrap();
        responses.iter().map(Response::status).collect()
    }
}

fn body(content_type: &str, body: impl Into<String>) -> Fault {
    Fault::Body {
        status: 200,
        content_type: content_type.to_owned(),
        body: body.into(),
    }
}

// Attacks: 79.
#[tokio::test]
async fn a_token_of_a_new_key_is_accepted_at_once_for_one_more_fetch() {
    let site = Site::start().await;
    let old = site.token();
    assert_eq!(site.status(&old).await, 200);
    site.emulator().rotate_keys().await.unwrap();
    site.accepts("of the new key").await;
    assert_eq!(site.fetches(), 2);
    assert_eq!(
        site.status(&old).await,
        200,
        "of the old key, which is still published"
    );
    site.accepts("another of the new key").await;
    assert_eq!(site.fetches(), 2);
}

// Attacks: 80.
#[tokio::test]
async fn a_thousand_requests_with_a_new_key_share_one_fetch() {
    let site = Site::start().await;
    site.accepts("of the first key").await;
    site.emulator().rotate_keys().await.unwrap();
    let statuses = site.call_at_once(1000).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(site.fetches(), 2);
    assert_eq!(site.entered.load(Ordering::Relaxed), 1001);
}

// Attacks: 80.
#[tokio::test]
async fn nobody_is_refused_while_keys_rotate_under_load() {
    let site = Site::start().await;
    site.accepts("before").await;
    let rotating = AtomicUsize::new(3);
    let rotate = async {
        for _ in 0..3 {
            site.emulator().rotate_keys().await.unwrap();
            let seen = site.entered.load(Ordering::Relaxed) + 50;
            while site.entered.load(Ordering::Relaxed) < seen {
                tokio::task::yield_now().await;
            }
            rotating.fetch_sub(1, Ordering::Relaxed);
        }
    };
    let load = join_all((0..8).map(|_| async {
        while rotating.load(Ordering::Relaxed) > 0 {
            site.accepts("under load").await;
        }
    }));
    tokio::join!(rotate, load);
    assert_eq!(site.fetches(), 4, "one at start and one a rotation");
}

// Attacks: 78.
#[tokio::test]
async fn a_flood_of_unknown_keys_costs_three_fetches_and_nobody_else_anything() {
    let site = Site::start().await;
    site.accepts("before").await;
    for number in 0..50 {
        let token = site.token_of(&format!("unknown-{number}"));
        assert_eq!(site.status(&token).await, 401, "unknown key {number}");
        site.accepts("during the flood").await;
    }
    assert!(site.fetches() <= 1 + 3, "{} fetches", site.fetches());
    let again = site.fetches();
    assert_eq!(
        site.status(&site.token_of("unknown-0")).await,
        401,
        "a remembered one"
    );
    assert_eq!(site.fetches(), again);
}

// Attacks: 82.
#[tokio::test]
async fn a_rotation_after_a_flood_is_noticed_by_the_next_refresh() {
    let site = Site::of(Emulator::start().await.unwrap(), |limits| {
        limits.key_refresh = Duration::ZERO;
    })
    .await;
    for number in 0..50 {
        let token = site.token_of(&format!("unknown-{number}"));
        assert_eq!(site.status(&token).await, 401, "unknown key {number}");
    }
    site.emulator().rotate_keys().await.unwrap();
    // Too early or not: it must not make the new key unknown for longer than to the next refresh.
    site.status(&site.token()).await;
    site.refreshed().await;
    site.accepts("of the new key").await;
}

// Attacks: 81.
#[tokio::test]
async fn a_withdrawn_key_ends_its_tokens_even_those_accepted_before() {
    let site = Site::start().await;
    let old = site.token();
    assert_eq!(site.status(&old).await, 200);
    site.emulator().rotate_keys().await.unwrap();
    site.emulator().withdraw_old_keys();
    site.accepts("of the new key, which makes us ask").await;
    let entered = site.entered.load(Ordering::Relaxed);
    assert_eq!(site.status(&old).await, 401);
    assert_eq!(site.entered.load(Ordering::Relaxed), entered);
    site.accepts("of the new key").await;
}

// Attacks: 35, 91.
#[tokio::test]
async fn what_no_key_would_make_good_never_causes_a_fetch() {
    let site = Site::start().await;
    site.accepts("before").await;
    let (emulator, ada) = (site.emulator(), site.emulator().ada());
    let foreign = SigningKey::generate().unwrap();
    for number in 0..20 {
        let token = || emulator.token(&ada).signed_with(&foreign);
        for (name, token) in [
            ("a bad signature", token().build()),
            ("a bad signature, expired", token().expires_in(-600).build()),
            (
                "an issuer of its own",
                token()
                    .issuer("https://evil.example")
                    .kid(foreign.kid())
                    .build(),
            ),
            ("garbage", format!("garbage.{number}.x")),
        ] {
            assert_eq!(site.status(&token).await, 401, "{name}");
        }
    }
    assert_eq!(site.fetches(), 1);
    assert_eq!(site.entered.load(Ordering::Relaxed), 1);
}

// Attacks: 57, 58.
#[tokio::test]
async fn keys_that_are_not_for_signatures_of_tokens_are_passed_over() {
    let emulator = Emulator::start().await.unwrap();
    let key = emulator.signing_key();
    let with = |kid: &str, members: Value| {
        let mut jwk = key.jwk();
        jwk["kid"] = json!(kid);
        for (name, value) in members.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        jwk
    };
    let unfit = [
        with("enc", json!({ "use": "enc" })),
        with("encrypt", json!({ "key_ops": ["encrypt"] })),
        with("rs512", json!({ "alg": "RS512" })),
        with("oct", json!({ "kty": "oct", "k": "c2VjcmV0" })),
        with("new", json!({ "kty": "XYZ" })),
        with(
            "weak",
            json!({ "n": key.jwk()["n"].as_str().unwrap()[..172] }),
        ),
        with("exponent", json!({ "e": "Aw" })),
        with("twice", json!({})),
        with(
            "twice",
            json!({ "n": SigningKey::generate().unwrap().jwk()["n"] }),
        ),
        with("number", json!({ "kid": 1 })),
        json!("not a key"),
        json!(null),
    ];
    let keys: Vec<_> = unfit.iter().cloned().chain([key.jwk()]).collect();
    emulator.fault(
        Endpoint::Jwks,
        body("application/json", json!({ "keys": keys }).to_string()),
    );
    let site = Site::of(emulator, |_| {}).await;
    site.accepts("of the good key").await;
    for jwk in unfit {
        if let Some(kid) = jwk["kid"].as_str() {
            assert_eq!(site.status(&site.token_of(kid)).await, 401, "{jwk}");
        }
    }
    let ada = site.emulator().ada();
    let secret = site
        .emulator()
        .token(&ada)
        .hs256(b"secret")
        .kid("oct")
        .build();
    assert_eq!(site.status(&secret).await, 401, "a secret in the key set");
}
