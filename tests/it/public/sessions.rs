//! Where callers need not be signed in there are no sessions: who signs in would take one along.

use reqwest::Method;
use serde_json::json;
use workos_mcp_tests::Wire;

use super::library::library;

// Attacks: 3, 4.
#[tokio::test]
async fn no_session_id_is_handed_out_or_taken() {
    let (world, library) = library().await;
    let ada = world.token(&world.emulator.ada());
    for token in ["", &ada] {
        // Initializes, and asserts that it may.
        let mut wire = Wire::legacy(world.mcp_url(), token).await;
        assert_eq!(wire.session, None);
        assert_eq!(wire.call_tool("search", json!({})).await.status, 200);
        wire.session = Some("0c8a1f5e-made-up".to_owned());
        let reply = wire.call_tool("search", json!({})).await;
        let refused = if token.is_empty() { 401 } else { 404 };
        assert_eq!(reply.status, refused, "{reply:?}");
    }
    assert_eq!(library.entered(), 2);
}

// Attacks: 23.
#[tokio::test]
async fn other_methods_open_nothing() {
    let (world, library) = library().await;
    let ada = world.token(&world.emulator.ada());
    for method in [Method::GET, Method::DELETE, Method::PUT, Method::HEAD] {
        for token in [None, Some(&ada)] {
            let mut request = world
                .http
                .request(method.clone(), world.mcp_url())
                .header("accept", "text/event-stream")
                .header("mcp-protocol-version", "2025-11-25");
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let status = request.send().await.unwrap().status();
            assert_eq!(status, 405, "{method}");
        }
    }
    assert_eq!(library.entered(), 0);
}
