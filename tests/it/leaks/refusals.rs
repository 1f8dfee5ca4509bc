//! Refusals by HTTP, of every kind.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, header::AUTHORIZATION};
use serde_json::json;
use workos_mcp::{Limits, Rule};
use workos_mcp_emulator::{Endpoint, Fault, SigningKey};
use workos_mcp_tests::{CALL, Logs, Tools, World};

use super::{Secrets, echo, telling};

/// Sends it, and looks at what is said in the answer and in the logs.
async fn keeps(world: &World, name: &str, token: &str, request: RequestBuilder, status: u16) {
    let logs = Logs::capture();
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), status, "{name}");
    let headers = format!("{:?}", response.headers());
    let told = format!("{headers} {}", response.text().await.unwrap());
    assert!(
        logs.ours().contains("refused"),
        "{name}: our log does not even tell of it: {}",
        logs.ours()
    );
    Secrets::new(world)
        .with(world, token)
        .are_kept(name, &logs, &told);
}

async fn with(world: &World, name: &str, token: &str, status: u16) {
    keeps(world, name, token, world.call().bearer_auth(token), status).await;
}

// Attacks: 27, 28.
#[tokio::test]
async fn a_refused_token_is_not_repeated() {
    let world = World::start().await;
    let ada = world.emulator.ada();
    let token = || telling(&world, &ada);
    let foreign = SigningKey::generate().unwrap();
    for (name, token) in [
        ("expired", token().expires_in(-600)),
        ("another algorithm", token().unsigned()),
        ("another key", token().signed_with(&foreign)),
        ("an unknown key", token().kid(ada.email())),
        ("no key", token().without_header("kid")),
        ("another type", token().header("typ", json!(ada.email()))),
        ("an extension", token().header("crit", json!([ada.email()]))),
        (
            "another issuer",
            token().issuer(format!("https://{}", ada.email())),
        ),
        ("another audience", token().audience(ada.email())),
        ("bound", token().claim("cnf", json!({ "jkt": ada.email() }))),
        ("an ID token", token().claim("nonce", json!(ada.email()))),
        ("an odd expiry", token().claim("exp", json!(ada.email()))),
        ("an odd start", token().claim("nbf", json!(ada.email()))),
        (
            "of the future",
            token().claim("iat", json!(4_000_000_000_u64)),
        ),
        (
            "an odd subject",
            token().claim("sub", json!(format!("{}\n", ada.email()))),
        ),
        ("a machine", token().claim("sub", json!(ada.email()))),
        (
            "an odd identifier",
            token().claim("sid", json!(format!("\u{1}{}", ada.email()))),
        ),
        ("an odd scope", token().scope(format!("a\t{}", ada.email()))),
        ("twice the same", {
            let claims = token().claims().to_string();
            let twice = format!(
                "{{\"x\":\"{0}\",\"x\":\"{0}\",{1}",
                ada.email(),
                &claims[1..]
            );
            token().raw_payload(twice)
        }),
        ("too long", token().claim("pad", json!("x".repeat(9000)))),
    ] {
        with(&world, name, &token.build(), 401).await;
    }
    with(
        &world,
        "no token at all",
        "countess.lovelace.analytical-engine",
        401,
    )
    .await;
}

// Attacks: 28.
#[tokio::test]
async fn credentials_in_the_wrong_place_are_not_repeated() {
    let world = World::builder()
        .configure(|builder| {
            let mut limits = Limits::default();
            limits.body_bytes = 2048;
            builder.limits(limits)
        })
        .start(|| Ok(Tools::default()))
        .await;
    let token = telling(&world, &world.emulator.ada()).build();
    let bearer = || world.call().bearer_auth(&token);
    let query = format!("{}?access_token={token}", world.mcp_url());
    for (name, request, status) in [
        ("no scheme", world.call().header(AUTHORIZATION, &token), 401),
        (
            "another scheme",
            world.call().basic_auth(&token, Some(&token)),
            401,
        ),
        ("in the query", world.call_at(&query), 401),
        (
            "in the query too",
            world.call_at(&query).bearer_auth(&token),
            400,
        ),
        ("in a cookie", world.call().header("cookie", &token), 401),
        (
            "in the body",
            world.call().body(format!("access_token={token}")),
            401,
        ),
        ("twice", bearer().bearer_auth(&token), 400),
        (
            "two in one",
            world
                .call()
                .header(AUTHORIZATION, format!("Bearer {token} {token}")),
            400,
        ),
        (
            "from elsewhere",
            bearer().header("origin", "https://evil.example"),
            403,
        ),
        ("to elsewhere", bearer().header("host", "evil.example"), 403),
        ("with a large body", bearer().body(token.repeat(4)), 413),
        ("of a stream", bearer().header("last-event-id", &token), 400),
        (
            "of a session",
            bearer().header("mcp-session-id", &token),
            404,
        ),
    ] {
        keeps(&world, name, &token, request, status).await;
    }
}

// Attacks: 4, 28.
#[tokio::test]
async fn a_session_of_another_is_not_told_of() {
    let world = World::start().await;
    let wire = world.legacy(&world.emulator.ada()).await;
    let session = wire.session.as_deref().unwrap();
    let token = telling(&world, &world.emulator.grace()).build();
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let logs = Logs::capture();
        let request = world.http.request(method, world.mcp_url()).body(CALL);
        let request = request
            .bearer_auth(&token)
            .header("mcp-session-id", session);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 404);
        let told = format!("{:?}", response.headers());
        let told = format!("{told} {}", response.text().await.unwrap());
        let secrets = Secrets::new(&world).with(&world, &token);
        secrets.are_kept("another's session", &logs, &told);
        let (id, tag) = session.rsplit_once('.').unwrap();
        for part in [id, tag] {
            assert!(
                !told.contains(part) && !logs.ours().contains(part),
                "{part}"
            );
        }
    }
}

// Attacks: 28.
#[tokio::test]
async fn who_may_not_come_in_is_not_named() {
    let world = World::builder()
        .configure(|builder| {
            let mut limits = Limits::default();
            limits.authority_failure_ttl = Duration::ZERO;
            builder.require(Rule::role("admin")).limits(limits)
        })
        .start(|| Ok(Tools::default()))
        .await;
    let (ada, grace) = (world.emulator.ada(), world.emulator.grace());
    let token = telling(&world, &grace).organization(world.emulator.acme());
    with(&world, "not an admin", &token.build(), 403).await;
    for (name, fault) in [
        (
            "an error that echoes",
            Fault::Body {
                status: 422,
                content_type: "application/json".to_owned(),
                body: echo(&ada),
            },
        ),
        (
            "a page that echoes",
            Fault::Body {
                status: 200,
                content_type: "text/html".to_owned(),
                body: echo(&ada),
            },
        ),
        ("a closed connection", Fault::Reset),
    ] {
        world.emulator.fault(Endpoint::ListMemberships, fault);
        with(&world, name, &telling(&world, &ada).build(), 503).await;
    }
}

// Attacks: 28.
#[tokio::test]
async fn a_missing_scope_names_scopes_only() {
    let world = World::builder()
        .configure(|builder| builder.require(Rule::scope("reports:all")))
        .start(|| Ok(Tools::default()))
        .await;
    let token = telling(&world, &world.emulator.ada()).build();
    with(&world, "no scope", &token, 403).await;
}

// Attacks: 28.
#[tokio::test]
async fn what_is_missing_in_workos_is_said_without_the_token() {
    let world = World::builder()
        .unregistered()
        .start(|| Ok(Tools::default()))
        .await;
    let token = telling(&world, &world.emulator.ada()).build();
    with(&world, "no resource indicator", &token, 401).await;
}

// Attacks: 28, 83.
#[tokio::test]
async fn what_the_key_endpoint_says_is_not_repeated() {
    let emulator = workos_mcp_emulator::Emulator::start().await.unwrap();
    let ada = emulator.ada();
    for (status, body) in [
        (500, echo(&ada)),
        (200, echo(&ada)),
        (200, format!("<{}", echo(&ada))),
    ] {
        let emulator = workos_mcp_emulator::Emulator::start().await.unwrap();
        emulator.fault(
            Endpoint::Jwks,
            Fault::Body {
                status,
                content_type: "application/json".to_owned(),
                body,
            },
        );
        let world = World::builder().emulator(emulator);
        let world = world.start(|| Ok(Tools::default())).await;
        let token = telling(&world, &world.emulator.ada()).build();
        with(&world, "no keys", &token, 503).await;
    }
}
