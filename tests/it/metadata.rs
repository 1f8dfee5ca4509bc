//! The documents that tell a client where to sign in: where it looks for them, and never made from what it sends.

mod mirror;

use http::Method;
use reqwest::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use serde_json::{Value, json};
use workos_mcp::ProviderBuilder;
use workos_mcp_tests::{Tools, World};

const RESOURCE: &str = "/.well-known/oauth-protected-resource";
const MIRROR: &str = "/.well-known/oauth-authorization-server";

async fn world(configure: impl FnOnce(ProviderBuilder) -> ProviderBuilder + 'static) -> World {
    World::builder()
        .configure(configure)
        .start(|| Ok(Tools::default()))
        .await
}

async fn get(world: &World, path: &str) -> reqwest::Response {
    world.http.get(world.url(path)).send().await.unwrap()
}

async fn document(world: &World, path: &str) -> String {
    let response = get(world, path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

// Attacks: 24.
#[tokio::test]
async fn the_resource_is_described_under_its_path_and_the_same_at_the_root() {
    let world = world(|builder| builder.docs_url("https://example.com/docs")).await;
    let expected = json!({
        "resource": world.mcp_url(),
        "authorization_servers": [world.emulator.issuer()],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "bearer_methods_supported": ["header"],
        "resource_documentation": "https://example.com/docs",
    });
    let mut texts = Vec::new();
    for path in ["/.well-known/oauth-protected-resource/mcp", RESOURCE] {
        let response = get(&world, path).await;
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers().clone();
        assert_eq!(headers[CONTENT_TYPE], "application/json", "{path}");
        assert_eq!(headers[CACHE_CONTROL], "public, max-age=300", "{path}");
        let text = response.text().await.unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            expected,
            "{path}"
        );
        let head = world.http.head(world.url(path)).send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        for name in [CONTENT_TYPE, CACHE_CONTROL, CONTENT_LENGTH] {
            assert_eq!(
                head.headers().get(&name),
                headers.get(&name),
                "{path}: {name}"
            );
        }
        assert_eq!(head.text().await.unwrap(), "", "{path}");
        texts.push(text);
    }
    assert_eq!(texts[0], texts[1]);
    let issuer = format!(
        "\"authorization_servers\":[\"{}\"]",
        world.emulator.issuer()
    );
    assert!(
        texts[0].contains(&issuer),
        "clients compare it byte for byte: {}",
        texts[0]
    );
}

// Attacks: 8.
#[tokio::test]
async fn documentation_is_left_out_when_there_is_none_and_scopes_are_the_configured_ones() {
    let world = world(|builder| builder.scopes(["openid", "reports:read"])).await;
    let text = document(&world, RESOURCE).await;
    let described: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(described.get("resource_documentation"), None);
    assert_eq!(
        described["scopes_supported"],
        json!(["openid", "reports:read"])
    );
    let challenge = world.call().send().await.unwrap();
    let challenge = challenge.headers()["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.ends_with("scope=\"openid reports:read\""),
        "{challenge}"
    );
}

#[tokio::test]
async fn the_challenge_leads_to_the_description_of_the_resource() {
    let world = World::start().await;
    for request in [
        world.call(),
        world.call().bearer_auth("bad"),
        world.call().header(AUTHORIZATION, "Bearer"),
    ] {
        let response = request.send().await.unwrap();
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        let (_, url) = challenge.split_once("resource_metadata=\"").unwrap();
        let (url, _) = url.split_once('"').unwrap();
        let described: Value = world
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(described["resource"], world.mcp_url());
        let server = described["authorization_servers"][0].as_str().unwrap();
        let metadata: Value = world
            .http
            .get(format!("{server}{MIRROR}"))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(metadata["issuer"], server);
    }
}

// Attacks: 15.
#[tokio::test]
async fn nothing_that_a_client_sends_changes_what_is_said() {
    let world = World::start().await;
    let paths = [
        "/.well-known/oauth-protected-resource/mcp",
        RESOURCE,
        MIRROR,
    ];
    let challenge = world.call().send().await.unwrap().headers()["www-authenticate"].clone();
    for path in paths {
        let plain = document(&world, path).await;
        for (name, value) in [
            (HOST.as_str(), "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-prefix", "/evil"),
            ("forwarded", "host=evil.example;proto=https"),
            ("x-original-url", "/evil"),
            ("authorization", "Bearer bad"),
            ("authorization", "Basic x"),
        ] {
            let request = world.http.get(world.url(path)).header(name, value);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 200, "{path} with {name}");
            assert_eq!(response.text().await.unwrap(), plain, "{path} with {name}");
            if name.contains("orwarded") {
                let response = world.call().header(name, value).send().await.unwrap();
                assert_eq!(response.headers()["www-authenticate"], challenge, "{name}");
            }
        }
        let query = document(&world, &format!("{path}?resource=https://evil.example")).await;
        assert_eq!(query, plain);
    }
}

// Attacks: 24.
#[tokio::test]
async fn there_is_no_description_of_other_resources() {
    let world = World::start().await;
    for path in [
        "/other",
        "/mcp/",
        "/mcp/x",
        "//mcp",
        "/MCP",
        "/%6dcp",
        "/mcp.json",
        "/",
        "mcp",
    ] {
        let response = get(&world, &format!("{RESOURCE}{path}")).await;
        assert_eq!(response.status(), 404, "{path}");
    }
    for path in [
        "/mcp/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/openid-configuration",
        "/.well-known/",
    ] {
        assert_eq!(get(&world, path).await.status(), 404, "{path}");
    }
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        for path in [
            "/.well-known/oauth-protected-resource/mcp",
            RESOURCE,
            MIRROR,
        ] {
            let response = world
                .http
                .request(method.clone(), world.url(path))
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), 405, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_resource_without_a_path_is_described_at_the_root_only() {
    let world = world(|builder| builder.mcp_path("/")).await;
    assert_eq!(world.mcp_url(), world.url(""));
    let described: Value = serde_json::from_str(&document(&world, RESOURCE).await).unwrap();
    assert_eq!(described["resource"], world.url(""));
    for path in ["/", "/mcp"] {
        let response = get(&world, &format!("{RESOURCE}{path}")).await;
        assert_eq!(response.status(), 404, "{path}");
    }
    let challenge = world.call().send().await.unwrap();
    let place = format!("resource_metadata=\"{}\"", world.url(RESOURCE));
    let challenge = challenge.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains(&place), "{challenge}");
    for (audience, status) in [
        (world.url(""), 200),
        (world.url("/"), 200),
        (world.url("/mcp"), 401),
    ] {
        let token = world
            .emulator
            .token(&world.emulator.ada())
            .audience(&audience)
            .build();
        let response = world.call().bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), status, "{audience}");
    }
}

#[tokio::test]
async fn a_deep_path_stands_whole_behind_the_well_known_one() {
    let world = world(|builder| builder.mcp_path("/team/a/mcp")).await;
    let under_path = document(&world, &format!("{RESOURCE}/team/a/mcp")).await;
    assert_eq!(under_path, document(&world, RESOURCE).await);
    assert_eq!(get(&world, &format!("{RESOURCE}/team")).await.status(), 404);
}
