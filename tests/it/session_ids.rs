//! A session of the older protocol versions belongs to who opened it, whoever learns its id.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle};
use workos_mcp::{Provider, ProviderBuilder, ServeError};
use workos_mcp_emulator::{Emulator, TokenBuilder};
use workos_mcp_tests::{Era, Logs, Tools, Wire, World};

/// What another caller gets with a session's id, by every method and in both eras' clothes.
pub(super) async fn tries(world: &World, session: &str, token: &str) -> Vec<(String, StatusCode)> {
    let mut seen = Vec::new();
    for version in ["2025-11-25", "2026-07-28"] {
        for (method, last_event_id) in [
            (Method::POST, None),
            (Method::GET, None),
            (Method::GET, Some("0")),
            (Method::DELETE, None),
        ] {
            let name = format!("{method} {version} {last_event_id:?}");
            let mut request = world
                .http
                .request(method, world.mcp_url())
                .bearer_auth(token)
                .header("mcp-session-id", session)
                .header("mcp-protocol-version", version)
                .header("content-type", "application/json")
                .header("accept", "application/json, text/event-stream")
                .body(json!({ "jsonrpc": "2.0", "id": 9, "method": "tools/list" }).to_string());
            if let Some(id) = last_event_id {
                request = request.header("last-event-id", id);
            }
            seen.push((name, request.send().await.unwrap().status()));
        }
    }
    seen
}

async fn goes_on(wire: &Wire, user: &str) {
    assert_eq!(wire.call_tool("whoami", json!({})).await.text(), user);
}

// Attacks: 4.
#[tokio::test]
async fn another_principals_session_answers_as_an_unknown_one_and_goes_on() {
    let world = World::start().await;
    let (ada, grace) = (world.emulator.ada(), world.emulator.grace());
    let wire = world.legacy(&ada).await;
    let session = wire.session.as_deref().unwrap();
    let elsewhere = world
        .emulator
        .token(&ada)
        .organization(world.emulator.globex())
        .build();
    let nowhere = world.emulator.token(&ada).without("org_id").build();
    for (who, token) in [
        ("grace", world.token(&grace)),
        ("ada elsewhere", elsewhere),
        ("ada nowhere", nowhere),
    ] {
        for (request, status) in tries(&world, session, &token).await {
            assert_eq!(status, 404, "{who}: {request}");
        }
        goes_on(&wire, ada.id()).await;
    }
    for (request, status) in tries(&world, session, "garbage").await {
        assert_eq!(status, 401, "{request}");
    }
    goes_on(&wire, ada.id()).await;
}

// Attacks: 4.
#[tokio::test]
async fn an_id_without_its_tag_or_with_another_is_unknown() {
    let world = World::start().await;
    let ada = world.emulator.ada();
    let wire = world.legacy(&ada).await;
    let other = world.legacy(&ada).await;
    let session = wire.session.clone().unwrap();
    let (id, tag) = session.rsplit_once('.').unwrap();
    let (_, other_tag) = other.session.as_deref().unwrap().rsplit_once('.').unwrap();
    let altered = format!(
        "{id}.{}{}",
        if tag.starts_with('A') { 'B' } else { 'A' },
        &tag[1..]
    );
    for forged in [
        id.to_owned(),
        format!("{id}."),
        format!("{id}.{other_tag}"),
        altered,
        format!("x{session}"),
        format!("{session}."),
        tag.to_owned(),
        "x".repeat(4000),
    ] {
        for (request, status) in tries(&world, &forged, &wire.token).await {
            assert_eq!(status, 404, "{forged}: {request}");
        }
    }
    goes_on(&wire, ada.id()).await;
}

// Attacks: 5.
#[tokio::test]
async fn a_refreshed_token_of_the_same_principal_goes_on_and_can_end_the_session() {
    let world = World::start().await;
    let ada = world.emulator.ada();
    let mut wire = world.legacy(&ada).await;
    let refreshed = |token: TokenBuilder| {
        token
            .expires_in(900)
            .scope("openid")
            .claim("jti", json!("another"))
    };
    wire.token = refreshed(world.emulator.token(&ada)).build();
    goes_on(&wire, ada.id()).await;
    let ended = world
        .http
        .delete(world.mcp_url())
        .bearer_auth(&wire.token)
        .header("mcp-session-id", wire.session.as_deref().unwrap())
        .header("mcp-protocol-version", "2025-11-25")
        .send()
        .await
        .unwrap();
    assert_eq!(ended.status(), 202);
    assert_eq!(wire.call_tool("whoami", json!({})).await.status, 404);
}

// Attacks: 4.
#[tokio::test]
async fn two_session_headers_are_unknown() {
    let world = World::start().await;
    let wire = world.legacy(&world.emulator.ada()).await;
    let session = wire.session.as_deref().unwrap();
    let response = world
        .http
        .get(world.mcp_url())
        .bearer_auth(&wire.token)
        .header("mcp-session-id", session)
        .header("mcp-session-id", session)
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 404);
}

// Attacks: 4.
#[tokio::test]
async fn a_stream_is_not_resumed_without_a_session() {
    let world = World::start().await;
    let response = world
        .http
        .get(world.mcp_url())
        .bearer_auth(world.token(&world.emulator.ada()))
        .header("last-event-id", "0")
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn processes_that_share_a_key_accept_each_others_ids_and_others_do_not() {
    const API_KEY: &str = "sk_shared_by_all_replicas";
    const SESSION_KEY: &str = "a session key of thirty-two bytes or more";
    let emulator = Emulator::start().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let replica = |configure: fn(ProviderBuilder) -> ProviderBuilder| {
        let builder = Provider::builder()
            .authkit_domain(emulator.issuer())
            .base_url(&base_url);
        configure(builder).build().unwrap()
    };
    // Each is another process as far as anything shared goes; a router in front sends to one of them.
    let replicas = [
        (
            replica(|builder| builder.api_key(API_KEY)),
            vec![
                (
                    "a replica",
                    replica(|builder| builder.api_key(API_KEY)),
                    true,
                ),
                (
                    "a server with another key",
                    replica(|builder| builder.api_key("sk_another")),
                    false,
                ),
                ("a server without a key", replica(|builder| builder), false),
                (
                    "a replica that knows the API key as the previous one",
                    replica(|builder| builder.api_key("sk_new").previous_session_key(API_KEY)),
                    true,
                ),
                (
                    "a replica that changed to a session key and kept no other",
                    replica(|builder| builder.api_key(API_KEY).session_key(SESSION_KEY)),
                    false,
                ),
            ],
        ),
        (
            replica(|builder| builder.api_key(API_KEY).session_key(SESSION_KEY)),
            vec![
                (
                    "a replica with the session key and another API key",
                    replica(|builder| builder.api_key("sk_another").session_key(SESSION_KEY)),
                    true,
                ),
                (
                    "a server with the API key alone",
                    replica(|builder| builder.api_key(API_KEY)),
                    false,
                ),
                (
                    "a replica with a new session key, which knows the old one",
                    replica(|builder| {
                        builder
                            .session_key("another session key of thirty-two bytes")
                            .previous_session_key(SESSION_KEY)
                    }),
                    true,
                ),
            ],
        ),
    ];
    let token = emulator.token(&emulator.ada());
    let mut listener = Some(listener);
    for (first, others) in replicas {
        emulator.add_resource(first.mcp_url());
        let token = token.clone().audience(first.mcp_url()).build();
        let url = first.mcp_url().to_owned();
        let listener = match listener.take() {
            Some(listener) => listener,
            None => TcpListener::bind(base_url.trim_start_matches("http://"))
                .await
                .unwrap(),
        };
        let running = served(first, listener);
        let wire = Wire::legacy(&url, &token).await;
        let session = wire.session.clone().unwrap();
        running.abort();
        let _ = running.await;
        for (name, provider, accepted) in others {
            let logs = Logs::capture();
            let listener = TcpListener::bind(base_url.trim_start_matches("http://"))
                .await
                .unwrap();
            let running = served(provider, listener);
            let mut wire = Wire::modern(&url, &token);
            wire.era = Era::Legacy;
            wire.session = Some(session.clone());
            // The session itself lives in the first process, so rmcp does not know it, whoever made the id.
            let reply = wire.request("tools/list", json!({})).await;
            assert_eq!(reply.status, 404, "{name}: {reply:?}");
            assert_eq!(reply.body, "Not Found: Session not found", "{name}");
            let refused = logs.lines_with("the session id is not one of this caller's");
            assert_eq!(refused.is_empty(), accepted, "{name}: {refused:?}");
            running.abort();
            let _ = running.await;
        }
    }
}

fn served(provider: Provider, listener: TcpListener) -> JoinHandle<Result<(), ServeError>> {
    tokio::spawn(async move {
        provider
            .serve_on(listener, std::future::pending(), || Ok(Tools::default()))
            .await
    })
}
