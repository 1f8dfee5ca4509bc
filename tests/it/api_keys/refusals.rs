//! What is no good key, and what is never sent to WorkOS.

use serde_json::json;
use workos_mcp::ProviderBuilder;
use workos_mcp_emulator::{ApiKey, Endpoint, Fault};
use workos_mcp_tests::{Logs, Reply, Tools, Wire, World};

use super::{
    counter::{PERMISSION, counter, counter_with},
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

const NOT_OF_THE_SHAPE: &str = "refused a bearer token: begins like an API key, and is not of a key's shape (`sk_` and \
                                letters, digits and underscores, 16 to 256 bytes)";

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
        let logs = Logs::capture();
        assert_is_ordinary(bearer, &wire.call_tool("open", json!({})).await);
        let told = logs.lines_with(NOT_OF_THE_SHAPE);
        let expected = usize::from(bearer.starts_with("sk_"));
        assert_eq!(told.len(), expected, "{bearer}: {}", logs.ours());
        assert!(!logs.ours().contains(bearer), "{bearer}: {}", logs.ours());
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

const NONE_LET_IN: &str = "refused a bearer token: an API key, and `api_keys` lets none in";

#[tokio::test]
async fn without_a_permission_no_key_is_let_in_and_workos_is_not_asked() {
    let world = World::start().await;
    let key = key(&world);
    for (name, bearer, told) in [
        ("off", key.value(), NONE_LET_IN),
        ("our own", world.emulator.api_key(), NONE_LET_IN),
        ("too short", "sk_short", NOT_OF_THE_SHAPE),
    ] {
        let logs = Logs::capture();
        let wire = Wire::modern(world.mcp_url(), bearer);
        assert_is_ordinary(name, &wire.call_tool("whoami", json!({})).await);
        assert_eq!(logs.lines_with(told).len(), 1, "{name}: {}", logs.ours());
        assert!(!logs.ours().contains(bearer), "{name}: {}", logs.ours());
    }
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
