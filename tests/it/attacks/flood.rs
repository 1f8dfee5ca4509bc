//! Many bad tokens cost little, and nobody else anything.

use axum::body::Body;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use http::Request;
use serde_json::json;
use tower::Service;
use workos_mcp_emulator::Endpoint;
use workos_mcp_tests::{CALL, CALL_HEADERS, Tools, World};

// Attacks: 78.
#[tokio::test]
async fn ten_thousand_unknown_keys_cost_three_fetches() {
    let world = World::start().await;
    let good = || world.token(&world.emulator.ada());
    // Past the sockets, which are not what this is about.
    let router = world.provider.router(|| Ok(Tools::default()));
    let call = async |token: &str| {
        let mut request = Request::post("/mcp")
            .header("host", world.host())
            .header("authorization", format!("Bearer {token}"));
        for (name, value) in CALL_HEADERS {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(CALL)).unwrap();
        router.clone().call(request).await.unwrap().status()
    };
    assert_eq!(call(&good()).await, 200);
    let genuine = good();
    let (_, signed) = genuine.split_once('.').unwrap();
    for number in 0..10_000 {
        let header = json!({ "alg": "RS256", "kid": format!("unknown-{number}") });
        let token = format!("{}.{signed}", BASE64.encode(header.to_string()));
        assert_eq!(call(&token).await, 401, "unknown key {number}");
        if number % 1000 == 0 {
            assert_eq!(call(&good()).await, 200, "after {number} unknown keys");
        }
    }
    assert_eq!(call(&genuine).await, 200);
    let fetches = world.emulator.requests(Endpoint::Jwks);
    assert!((2..=4).contains(&fetches), "{fetches} fetches");
}
