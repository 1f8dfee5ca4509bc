//! What is no good key, and what is never sent to WorkOS.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use serde_json::json;
use workos_mcp::ProviderBuilder;
use workos_mcp_emulator::{ApiKey, Endpoint, Fault};
use workos_mcp_tests::{Logs, Reply, Tools, Wire, World};

use super::{
    counter::{PERMISSION, counter, counter_limited, counter_with},
    key, modern,
};

/// The refusal of any bad token.
fn assert_is_ordinary(name: &str, reply: &Reply) {
    assert_eq!(reply.status, 401, "{name}: {reply:?}");
    assert_eq!(
        reply.body,
        json!({
            "error": "invalid_token",
            "error_description": "the access token is not valid for this server",
        }),
        "{name}"
    );
    let challenge = reply.header("www-authenticate");
    assert!(
        challenge.starts_with("Bearer error=\"invalid_token\"")
            && challenge.contains("resource_metadata="),
        "{name}: {challenge}"
    );
}

#[tokio::test]
async fn a_key_without_the_permission_does_not_open_the_server() {
    let (world, counter) = counter().await;
    let key = || ApiKey::of_organization(world.emulator.acme(), "Other");
    for (name, key) in [
        ("no permission", key()),
        ("another", key().with_permission("widgets:read")),
        ("a longer one", key().with_permission("mcp:use:more")),
        ("a shorter one", key().with_permission("mcp")),
        ("another case", key().with_permission("MCP:use")),
    ] {
        let wire = modern(&world, &world.emulator.add_api_key(key));
        let logs = Logs::capture();
        let reply = wire.call_tool("open", json!({})).await;
        assert_is_ordinary(name, &reply);
        assert!(
            logs.ours().contains("it was not given the permission"),
            "{name}: {}",
            logs.ours()
        );
    }
    assert_eq!(counter.entered(), 0);
}

#[tokio::test]
async fn an_expired_key_and_one_whose_expiry_cannot_be_read_are_refused() {
    let (world, counter) = counter().await;
    for (expires_at, reason) in [
        ("2020-01-01T00:00:00.000Z", "it has expired"),
        ("next year", "its expiry cannot be read"),
    ] {
        let key = ApiKey::of_organization(world.emulator.acme(), "Odd");
        let end = &key.value()[key.value().len() - 4..];
        let body = json!({ "api_key": {
            "object": "api_key",
            "id": key.id(),
            "owner": { "type": "organization", "id": key.organization_id() },
            "name": key.name(),
            "obfuscated_value": format!("sk_...{end}"),
            "expires_at": expires_at,
            "permissions": [PERMISSION],
            "created_at": "2026-01-01T00:00:00.000Z",
            "updated_at": "2026-01-01T00:00:00.000Z",
        }});
        let fault = Fault::Body {
            status: 200,
            content_type: "application/json".to_owned(),
            body: body.to_string(),
        };
        world.emulator.fault(Endpoint::ValidateApiKey, fault);
        let logs = Logs::capture();
        let reply = modern(&world, &key).call_tool("open", json!({})).await;
        assert_is_ordinary(expires_at, &reply);
        assert!(logs.ours().contains(reason), "{}", logs.ours());
    }
    assert_eq!(counter.entered(), 0);
}

#[tokio::test]
async fn what_has_not_the_shape_of_a_key_is_never_sent_to_workos() {
    let (world, _) = counter().await;
    let token = world.emulator.token(&world.emulator.ada()).unsigned();
    let long = format!("sk_{}", "a".repeat(300));
    for bearer in [
        &*token.build(),
        "sk_short",
        "sk_with-a-hyphen-0123456789",
        "sk_0123456789.0123456789.0123456789",
        "sk_0123456789abcdef/0123",
        "sk_0123456789abcdef==",
        "SK_0123456789abcdef0123",
        "pk_0123456789abcdef0123",
        &*long,
    ] {
        let wire = Wire::modern(world.mcp_url(), bearer);
        assert_is_ordinary(bearer, &wire.call_tool("open", json!({})).await);
    }
    for value in ["sk_0123456789abcdef0123", "Basic sk_0123456789abcdef0123"] {
        let bare = world.call().header("authorization", value);
        assert_eq!(bare.send().await.unwrap().status(), 401, "{value}");
    }
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 0);
}

// Attacks: 28.
#[tokio::test]
async fn this_servers_own_secrets_are_refused_unasked_and_reported_without_their_value() {
    const SESSION_KEY: &str = "sk_0123456789abcdef0123456789abcdef";
    const PREVIOUS: &str = "cHJldmlvdXMga2V5IG9mIHRoaXJ0eS10d28gYnl0ZXM=";
    let (world, counter) = counter_with(|builder: ProviderBuilder, _| {
        builder
            .session_key(SESSION_KEY)
            .previous_session_key(PREVIOUS)
    })
    .await;
    // Even if WorkOS would say that it is good.
    let own = ApiKey::of_organization(world.emulator.acme(), "Ours");
    let own = own.with_value(world.emulator.api_key());
    world.emulator.add_api_key(own.with_permission(PERMISSION));
    for (field, secret) in [
        ("api_key", world.emulator.api_key()),
        ("session_key", SESSION_KEY),
        ("previous_session_key", PREVIOUS),
    ] {
        let logs = Logs::capture();
        let wire = Wire::modern(world.mcp_url(), secret);
        assert_is_ordinary(field, &wire.call_tool("open", json!({})).await);
        let told = logs.lines_with(&format!("this server's own `{field}`"));
        assert!(
            told.len() == 1 && told[0].contains("ERROR") && told[0].contains("change it"),
            "{field}: {}",
            logs.ours()
        );
        assert!(!logs.text().contains(secret), "{field}");
    }
    assert_eq!(counter.entered(), 0);
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 0);
}

#[tokio::test]
async fn without_a_permission_no_key_is_let_in_and_workos_is_not_asked() {
    let world = World::start().await;
    let wire = modern(&world, &key(&world));
    assert_is_ordinary("off", &wire.call_tool("whoami", json!({})).await);
    let own = Wire::modern(world.mcp_url(), world.emulator.api_key());
    assert_is_ordinary("our own", &own.call_tool("whoami", json!({})).await);
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 0);
}

/// Keys that nobody made.
fn junk(number: u32) -> String {
    format!("sk_{number:032}")
}

#[tokio::test]
async fn a_flood_of_junk_reaches_workos_no_more_than_its_budget_and_keeps_no_known_key_out() {
    const TTL: Duration = Duration::from_millis(200);
    const BUDGET: u32 = 10;
    let (world, _) = counter_limited(|limits| limits.api_key_ttl = TTL).await;
    let known = modern(&world, &key(&world));
    assert_eq!(known.call_tool("open", json!({})).await.text(), "open");

    let began = Instant::now();
    let mut answers = [0; 2];
    let mut number = 0;
    // Long enough for the known key to be asked about again while the flood goes on.
    while number < 2_000 || began.elapsed() < TTL * 5 {
        let wave = (number..number + 100).map(|number| {
            let world = &world;
            async move {
                let request = world.call().bearer_auth(junk(number));
                request.send().await.unwrap()
            }
        });
        number += 100;
        let mut wave = stream::iter(wave).buffer_unordered(50);
        while let Some(answer) = wave.next().await {
            match answer.status().as_u16() {
                401 => answers[0] += 1,
                503 => {
                    assert_eq!(answer.headers()["retry-after"], "1");
                    answers[1] += 1;
                }
                status => panic!("HTTP {status}"),
            }
        }
        let reply = known.call_tool("open", json!({})).await;
        assert_eq!(reply.text(), "open", "the known key");
    }
    let seconds = began.elapsed().as_secs_f64();
    let asked = u32::try_from(world.emulator.requests(Endpoint::ValidateApiKey)).unwrap();
    let of_the_known = (seconds / TTL.as_secs_f64()).ceil() + 1.0;
    let of_junk = f64::from(BUDGET) * (seconds + 1.0);
    assert!(
        f64::from(asked) <= of_the_known + of_junk,
        "{asked} requests in {seconds} seconds"
    );
    assert!(
        answers[0] >= BUDGET && answers[1] > answers[0],
        "{answers:?} were refused and put off"
    );
    // What was put off is not remembered.
    let later = Wire::modern(world.mcp_url(), key(&world).value());
    let until_let_in = async {
        while later.call_tool("open", json!({})).await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), until_let_in)
        .await
        .expect("after the flood a new key is let in");
}

#[tokio::test]
async fn a_server_that_asks_about_no_strangers_lets_no_new_key_in() {
    let (world, _) = counter_limited(|limits| limits.api_key_checks = 0).await;
    let reply = modern(&world, &key(&world))
        .call_tool("open", json!({}))
        .await;
    assert_eq!(reply.status, 503, "{reply:?}");
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 0);
}

/// A key says nothing about the resource, so the handler of [`Tools`] does not see it either.
#[tokio::test]
async fn the_key_is_taken_away_before_the_handler() {
    let world = World::builder()
        .configure(|builder| builder.api_keys(PERMISSION))
        .start(|| Ok(Tools::default()))
        .await;
    let key = key(&world);
    let router = axum::Router::new()
        .fallback(async |headers: http::HeaderMap| format!("{headers:?}"))
        .layer(world.provider.layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    for _ in 0..2 {
        let request = world.http.get(&url).header("host", world.host());
        let seen = request.bearer_auth(key.value()).send().await.unwrap();
        assert_eq!(seen.status(), 200);
        let seen = seen.text().await.unwrap();
        assert!(
            seen.contains("host") && !seen.contains("authorization"),
            "{seen}"
        );
        assert!(!seen.contains(key.value()), "{seen}");
    }
    server.abort();
}
