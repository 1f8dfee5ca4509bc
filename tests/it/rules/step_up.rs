//! A tool, a prompt or a resource that lacks nothing but a scope answers with HTTP 403 and the challenge that asks
//! for it, in both eras, and nothing has run by then.

use serde_json::{Value, json};
use workos_mcp_tests::{Reply, Wire};

use super::workshop::{both, ruled, workshop, workshop_with};

type Params = fn() -> Value;

/// Everything that asks for `reports:export`.
const EXPORTS: [(&str, Params); 3] = [
    (
        "tools/call",
        || json!({ "name": "export-report", "arguments": {} }),
    ),
    ("prompts/get", || json!({ "name": "summary" })),
    ("resources/read", || json!({ "uri": "report://2026" })),
];

fn challenged(reply: &Reply, url: &str, scopes: &str) {
    assert_eq!(reply.status, 403, "{reply:?}");
    let origin = url.strip_suffix("/mcp").unwrap();
    assert_eq!(
        reply.header("www-authenticate"),
        format!(
            "Bearer error=\"insufficient_scope\", \
             error_description=\"this needs scopes that the access token was not granted\", \
             resource_metadata=\"{origin}/.well-known/oauth-protected-resource/mcp\", scope=\"{scopes}\""
        )
    );
    assert_eq!(
        reply.body,
        json!({
            "error": "insufficient_scope",
            "error_description": "this needs scopes that the access token was not granted",
        })
    );
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("vary"), "authorization");
    assert!(!reply.header("x-request-id").is_empty());
}

// Attacks: 8, 9.
#[tokio::test]
async fn a_missing_scope_is_asked_for_by_http_and_nothing_runs() {
    let (world, workshop) = workshop().await;
    let token = world.emulator.token(&world.emulator.ada());
    for wire in both(&world, token.scope("openid email widgets:see")).await {
        for (method, params) in EXPORTS {
            let reply = wire.request(method, params()).await;
            challenged(
                &reply,
                world.mcp_url(),
                "openid profile email offline_access reports:export widgets:see",
            );
        }
    }
    assert_eq!(workshop.entered(), 0);
}

#[tokio::test]
async fn with_the_scope_it_runs() {
    let (world, workshop) = workshop().await;
    let token = world.emulator.token(&world.emulator.ada());
    for wire in both(&world, token.scope("openid reports:export")).await {
        for (method, params) in EXPORTS {
            let reply = wire.request(method, params()).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            assert!(reply.body["error"].is_null(), "{reply:?}");
        }
    }
    assert_eq!(workshop.entered(), 6);
}

#[tokio::test]
async fn a_session_goes_on_after_a_challenge_and_with_the_stronger_token() {
    let (world, _) = workshop().await;
    let ada = world.emulator.ada();
    let mut wire = world.legacy(&ada).await;
    let export = || json!({});
    assert_eq!(wire.call_tool("export-report", export()).await.status, 403);
    assert_eq!(wire.call_tool("open", export()).await.text(), "open");
    wire.token = world
        .emulator
        .token(&ada)
        .scope("openid reports:export")
        .build();
    assert_eq!(
        wire.call_tool("export-report", export()).await.text(),
        "exported"
    );
}

// Attacks: 9.
#[tokio::test]
async fn all_scopes_of_an_operation_are_asked_for_at_once() {
    let (world, _) = workshop().await;
    for wire in both(&world, world.emulator.token(&world.emulator.ada())).await {
        let reply = wire.call_tool("export-everything", json!({})).await;
        assert_eq!(reply.status, 403);
        assert!(
            reply.header("www-authenticate").ends_with(
                "scope=\"openid profile email offline_access reports:export reports:all\""
            ),
            "{reply:?}"
        );
    }
}

// Attacks: 74.
#[tokio::test]
async fn nobody_is_sent_for_a_scope_that_would_not_help() {
    let (world, workshop) = workshop().await;
    for wire in both(&world, world.emulator.token(&world.emulator.grace())).await {
        let reply = wire.call_tool("export-everything", json!({})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.body["error"]["message"], "tool not found");
        assert!(reply.header("www-authenticate").is_empty());
    }
    assert_eq!(workshop.entered(), 0);
}

#[tokio::test]
async fn a_way_without_scopes_is_taken_before_anybody_is_asked_for_one() {
    let (world, _) = workshop().await;
    for wire in both(&world, world.emulator.token(&world.emulator.ada())).await {
        assert_eq!(wire.call_tool("either", json!({})).await.text(), "either");
    }
    for wire in both(&world, world.emulator.token(&world.emulator.grace())).await {
        let reply = wire.call_tool("either", json!({})).await;
        assert_eq!(reply.status, 403);
        assert!(reply.header("www-authenticate").contains("reports:export"));
    }
}

// Attacks: 10.
#[tokio::test]
async fn a_broader_scope_stands_for_the_narrower_ones() {
    let (world, _) = workshop_with(|builder| {
        ruled(builder).scope_hierarchy([
            ("reports:all", "reports:write"),
            ("reports:write", "reports:export"),
        ])
    })
    .await;
    let token = world.emulator.token(&world.emulator.ada());
    for wire in both(&world, token.scope("openid reports:all")).await {
        for (method, params) in EXPORTS {
            assert_eq!(wire.request(method, params()).await.status, 200, "{method}");
        }
    }
    let token = world.emulator.token(&world.emulator.ada());
    for wire in both(&world, token.scope("openid reports")).await {
        assert_eq!(wire.call_tool("export-report", json!({})).await.status, 403);
    }
}

/// Where nothing has been answered yet, a scope that is missed on the way is asked for, too.
#[tokio::test]
async fn a_tool_that_decides_for_itself_challenges_where_the_answer_has_not_begun() {
    let (world, workshop) = workshop().await;
    let ada = world.emulator.ada();
    let modern = world.modern(&ada).call_tool("decides", json!({})).await;
    challenged(
        &modern,
        world.mcp_url(),
        "openid profile email offline_access reports:export",
    );
    let legacy = world
        .legacy(&ada)
        .await
        .call_tool("decides", json!({}))
        .await;
    assert_eq!(legacy.status, 200);
    assert!(legacy.is_error_result());
    assert_eq!(
        legacy.text(),
        "this needs the scope `reports:export`, which the access token was not granted; sign in again and grant it"
    );
    assert_eq!(workshop.entered(), 0);
}

#[tokio::test]
async fn an_axum_handler_challenges_too() {
    use axum::{Router, routing::post};
    use workos_mcp::{Error, requires_session};

    #[requires_session(scope = "reports:export")]
    async fn export() -> Result<&'static str, Error> {
        Ok("exported")
    }

    let (world, _) = workshop().await;
    let router = Router::new()
        .route("/export", post(export))
        .layer(world.provider.layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/export", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let ada = world.emulator.ada();
    let send = |token: String| {
        world
            .http
            .post(&url)
            .header("host", world.host())
            .bearer_auth(token)
            .send()
    };
    let refused = send(world.token(&ada)).await.unwrap();
    assert_eq!(refused.status(), 403);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("insufficient_scope"), "{challenge}");
    let stronger = world.emulator.token(&ada).scope("openid reports:export");
    let admitted = send(stronger.build()).await.unwrap();
    assert_eq!(admitted.text().await.unwrap(), "exported");
    server.abort();
}

/// What an axum handler refuses for reasons of its own stays its answer.
#[tokio::test]
async fn another_refusal_of_an_axum_handler_is_no_challenge() {
    use axum::{Router, http::StatusCode, routing::post};
    use workos_mcp::{Rule, session};

    async fn own_reasons() -> (StatusCode, &'static str) {
        let may_export = session()
            .unwrap()
            .check(&Rule::scope("reports:export"))
            .await;
        assert!(may_export.is_err());
        (StatusCode::FORBIDDEN, "not on Sundays")
    }

    let (world, _) = workshop().await;
    let router = Router::new()
        .route("/own", post(own_reasons))
        .layer(world.provider.layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/own", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let refused = world
        .http
        .post(&url)
        .header("host", world.host())
        .bearer_auth(world.token(&world.emulator.ada()))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 403);
    assert!(refused.headers().get("www-authenticate").is_none());
    assert_eq!(refused.text().await.unwrap(), "not on Sundays");
    server.abort();
}

#[tokio::test]
async fn the_challenge_is_readable_to_a_page_on_an_allowed_origin() {
    let (world, _) = workshop().await;
    let token = world.token(&world.emulator.ada());
    let wire = Wire::modern(world.mcp_url(), &token);
    let params = json!({ "name": "export-report", "arguments": {} });
    let response = wire
        .send_with(
            "tools/call",
            params,
            Some(1),
            &[("origin", "http://localhost:5173")],
        )
        .await;
    assert_eq!(response.status(), 403);
    let headers = response.headers();
    assert_eq!(
        headers["access-control-allow-origin"],
        "http://localhost:5173"
    );
    let exposed = headers["access-control-expose-headers"].to_str().unwrap();
    assert!(
        exposed.to_lowercase().contains("www-authenticate"),
        "{exposed}"
    );
}
