//! Browsers: clients of allowed origins can call and read refusals, others cannot, and the metadata is open to all.

use std::{sync::atomic::Ordering, time::Duration};

use http::{HeaderMap, Method};
use reqwest::{
    RequestBuilder,
    header::{HOST, ORIGIN},
};
use workos_mcp::Limits;
use workos_mcp_emulator::{Endpoint, Fault};
use workos_mcp_tests::{CALL, Tools, World, WorldBuilder};

const APP: &str = "https://app.example.com";
const HEADERS: &str =
    "authorization,content-type,mcp-method,mcp-name,mcp-param-x,mcp-protocol-version";

/// A server that lets in the browsers of `APP`, and its tools.
async fn site(builder: WorldBuilder) -> (World, Tools) {
    let tools = Tools::default();
    let given = tools.clone();
    let world = builder.configure(|builder| {
        let mut limits = Limits::default();
        limits.body_bytes = 1024;
        limits.key_retry = Duration::ZERO;
        builder.allowed_origins([APP]).limits(limits)
    });
    (world.start(move || Ok(given.clone())).await, tools)
}

fn preflight(world: &World, url: &str, origin: &str) -> RequestBuilder {
    world
        .http
        .request(Method::OPTIONS, url)
        .header(ORIGIN, origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", HEADERS)
}

/// The values of a header as one list in lower case.
fn list(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter();
    let values = values.flat_map(|value| value.to_str().unwrap().split(','));
    values.map(|value| value.trim().to_lowercase()).collect()
}

fn is_open_to(headers: &HeaderMap, origin: &str) -> bool {
    assert!(
        !headers.contains_key("access-control-allow-credentials"),
        "{headers:?}"
    );
    let origins: Vec<_> = headers
        .get_all("access-control-allow-origin")
        .iter()
        .collect();
    assert!(origins.len() <= 1, "{headers:?}");
    origins.iter().any(|allowed| *allowed == origin)
}

// Attacks: 23.
#[tokio::test]
async fn a_preflight_of_an_allowed_origin_is_answered_without_a_token() {
    let (world, tools) = site(World::builder()).await;
    let response = preflight(&world, world.mcp_url(), APP)
        .send()
        .await
        .unwrap();
    assert!(response.status().is_success(), "{}", response.status());
    let headers = response.headers();
    assert!(is_open_to(headers, APP), "{headers:?}");
    assert_eq!(headers["access-control-allow-headers"], HEADERS);
    assert_eq!(
        list(headers, "access-control-allow-methods"),
        ["get", "post", "delete"]
    );
    assert!(
        list(headers, "vary").contains(&"origin".to_owned()),
        "{headers:?}"
    );
    assert_eq!(response.text().await.unwrap(), "");
    assert_eq!(tools.entered.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn pages_of_the_server_itself_and_on_loopback_are_allowed_unless_others_are_named() {
    let world = World::start().await;
    let (named, _) = site(World::builder()).await;
    for origin in [
        &*world.url(""),
        "http://localhost",
        "http://localhost:5173",
        "http://127.0.0.1:6274",
    ] {
        let response = preflight(&world, world.mcp_url(), origin)
            .send()
            .await
            .unwrap();
        assert!(is_open_to(response.headers(), origin), "{origin}");
        let response = preflight(&named, named.mcp_url(), origin)
            .send()
            .await
            .unwrap();
        assert!(!is_open_to(response.headers(), origin), "{origin}");
    }
}

#[tokio::test]
async fn the_pages_of_an_allowed_origin_can_read_every_answer() {
    let (world, _) = site(World::builder()).await;
    let call = || world.call().header(ORIGIN, APP);
    let token = world.token(&world.emulator.ada());
    let get = world.http.get(world.mcp_url()).header(ORIGIN, APP);
    let emulator = workos_mcp_emulator::Emulator::start().await.unwrap();
    emulator.fault(Endpoint::Jwks, Fault::Status(500));
    let (keyless, _) = site(World::builder().emulator(emulator)).await;
    let unchecked = keyless.token(&keyless.emulator.ada());
    for (name, request, status) in [
        ("a result", call().bearer_auth(&token), 200),
        ("no token", call(), 401),
        ("no token, a stream", get, 401),
        ("a bad token", call().bearer_auth("bad"), 401),
        ("malformed credentials", call().bearer_auth(""), 400),
        ("a foreign host", call().header(HOST, "evil.example"), 403),
        ("a large body", call().body("x".repeat(1025)), 413),
        (
            "no keys",
            keyless.call().header(ORIGIN, APP).bearer_auth(unchecked),
            503,
        ),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{name}");
        let headers = response.headers();
        assert!(is_open_to(headers, APP), "{name}: {headers:?}");
        let exposed = list(headers, "access-control-expose-headers");
        for header in ["www-authenticate", "mcp-session-id", "retry-after"] {
            assert!(exposed.contains(&header.to_owned()), "{name}: {header}");
        }
        let vary = list(headers, "vary");
        for header in ["origin", "authorization"] {
            assert!(vary.contains(&header.to_owned()), "{name}: {vary:?}");
        }
    }
}

// Attacks: 7.
#[tokio::test]
async fn the_pages_of_other_origins_can_neither_call_nor_read() {
    let (world, tools) = site(World::builder()).await;
    let token = world.token(&world.emulator.ada());
    for origin in [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "https://evil-app.example.com",
        "https://app.example.com:8443",
        "http://app.example.com",
        "https://app.example.com/",
        "https://x.app.example.com",
        "null",
    ] {
        let preflight = preflight(&world, world.mcp_url(), origin);
        let call = || world.call().header(ORIGIN, origin);
        for (name, request) in [
            ("preflight", preflight),
            ("call", call()),
            ("call with a token", call().bearer_auth(&token)),
        ] {
            let response = request.send().await.unwrap();
            assert!(
                !response
                    .headers()
                    .contains_key("access-control-allow-origin"),
                "{name} of {origin}"
            );
            assert!(
                name == "preflight" || response.status() == 403,
                "{name} of {origin}: {}",
                response.status()
            );
        }
        assert_eq!(tools.entered.load(Ordering::Relaxed), 0, "{origin}");
    }
}

// Attacks: 23.
#[tokio::test]
async fn options_never_reaches_the_handler() {
    let (world, tools) = site(World::builder()).await;
    let token = world.token(&world.emulator.ada());
    let options = || world.call().build().unwrap().headers().clone();
    let request = || {
        world
            .http
            .request(Method::OPTIONS, world.mcp_url())
            .headers(options())
            .body(CALL)
    };
    for (name, request) in [
        ("alone", request()),
        ("with a token", request().bearer_auth(&token)),
        (
            "with a token and an origin",
            request().bearer_auth(&token).header(ORIGIN, APP),
        ),
        (
            "with a token and a foreign origin",
            request().bearer_auth(&token).header(ORIGIN, "null"),
        ),
    ] {
        let response = request.send().await.unwrap();
        assert_ne!(response.status(), 500, "{name}");
        assert!(!response.headers().contains_key("mcp-session-id"), "{name}");
        assert_eq!(response.text().await.unwrap(), "", "{name}");
        assert_eq!(tools.entered.load(Ordering::Relaxed), 0, "{name}");
    }
}

// Attacks: 24.
#[tokio::test]
async fn every_page_may_read_the_metadata() {
    let (world, _) = site(World::builder()).await;
    for path in [
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server",
    ] {
        let url = world.url(path);
        for origin in ["https://evil.example", "null", APP] {
            let response = world
                .http
                .get(&url)
                .header(ORIGIN, origin)
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), 200, "{path}");
            assert!(is_open_to(response.headers(), "*"), "{path}");
            let response = preflight(&world, &url, origin).send().await.unwrap();
            assert!(
                response.status().is_success(),
                "{path}: {}",
                response.status()
            );
            assert!(is_open_to(response.headers(), "*"), "{path}");
            assert_eq!(
                response.headers()["access-control-allow-headers"],
                HEADERS,
                "{path}"
            );
            let methods = list(response.headers(), "access-control-allow-methods");
            assert!(methods.contains(&"get".to_owned()), "{path}: {methods:?}");
        }
    }
}

#[tokio::test]
async fn the_health_check_answers_anybody() {
    let (world, tools) = site(World::builder()).await;
    for (name, value) in [
        ("accept", "*/*"),
        ("host", "10.0.0.7:8080"),
        ("origin", "https://evil.example"),
        ("authorization", "Bearer bad"),
    ] {
        let request = world.http.get(world.url("/healthz")).header(name, value);
        assert_eq!(request.send().await.unwrap().status(), 200, "{name}");
    }
    assert_eq!(tools.entered.load(Ordering::Relaxed), 0);
}
