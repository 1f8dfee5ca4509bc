//! A stream ends with the token that opened it, and a running call is answered all the same.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use workos_mcp::Limits;
use workos_mcp_tests::{Era, Tools, Wire, World};

async fn world(tools: &Tools, leeway: Duration) -> World {
    let tools = tools.clone();
    World::builder()
        .configure(move |builder| {
            let mut limits = Limits::default();
            limits.clock_leeway = leeway;
            builder.limits(limits)
        })
        .start(move || Ok(tools.clone()))
        .await
}

async fn ended(response: reqwest::Response) {
    assert_eq!(response.status(), 200);
    let mut stream = response.bytes_stream();
    let to_its_end = async {
        while let Some(chunk) = stream.next().await {
            chunk.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), to_its_end)
        .await
        .expect("a stream ends with its token");
}

fn now() -> u64 {
    std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs()
}

async fn ends_with_its_token(era: Era) {
    let world = world(&Tools::default(), Duration::ZERO).await;
    let ada = world.emulator.ada();
    let expires = now() + 2;
    let token = world
        .emulator
        .token(&ada)
        .claim("exp", json!(expires))
        .build();
    let wire = match era {
        Era::Modern => Wire::modern(world.mcp_url(), &token),
        Era::Legacy => Wire::legacy(world.mcp_url(), &token).await,
    };
    ended(wire.open_stream().await).await;
    assert!(now() >= expires, "not before the token is over");
    let next = wire.request("tools/list", json!({})).await;
    assert_eq!(next.status, 401);
}

#[tokio::test]
async fn a_subscription_ends_with_its_token() {
    ends_with_its_token(Era::Modern).await;
}

#[tokio::test]
async fn the_stream_of_a_session_ends_with_its_token() {
    ends_with_its_token(Era::Legacy).await;
}

/// The stream of another token of the same session goes on.
#[tokio::test]
async fn the_session_itself_outlives_the_stream() {
    let world = world(&Tools::default(), Duration::ZERO).await;
    let ada = world.emulator.ada();
    let token = world
        .emulator
        .token(&ada)
        .claim("exp", json!(now() + 2))
        .build();
    let mut wire = Wire::legacy(world.mcp_url(), &token).await;
    ended(wire.open_stream().await).await;
    wire.token = world.token(&ada);
    assert_eq!(wire.call_tool("whoami", json!({})).await.text(), ada.id());
}

async fn a_running_call_is_answered(era: Era) {
    let tools = Tools::default();
    let world = world(&tools, Duration::ZERO).await;
    let ada = world.emulator.ada();
    let token = world
        .emulator
        .token(&ada)
        .claim("exp", json!(now() + 2))
        .build();
    let wire = match era {
        Era::Modern => Wire::modern(world.mcp_url(), &token),
        Era::Legacy => Wire::legacy(world.mcp_url(), &token).await,
    };
    let watch = match era {
        Era::Modern => Wire::modern(world.mcp_url(), &token),
        Era::Legacy => Wire::legacy(world.mcp_url(), &token).await,
    };
    let stream = watch.open_stream().await;
    let call = tokio::spawn(async move { wire.call_tool("waits", json!({})).await });
    tools.gate.arrived().await;
    ended(stream).await;
    tools.gate.open();
    assert_eq!(call.await.unwrap().text(), ada.id());
}

#[tokio::test]
async fn a_call_that_runs_when_its_token_ends_is_answered() {
    a_running_call_is_answered(Era::Modern).await;
}

#[tokio::test]
async fn a_call_in_a_session_that_runs_when_its_token_ends_is_answered() {
    a_running_call_is_answered(Era::Legacy).await;
}

/// A download is an answer, not a stream of events.
#[tokio::test]
async fn an_answer_that_takes_longer_than_its_token_is_finished() {
    use axum::{Router, body::Body, routing::get};
    use futures_util::stream;

    let world = world(&Tools::default(), Duration::ZERO).await;
    let expires = now() + 2;
    let rows = get(move || async move {
        let rows = stream::unfold(0, move |row| async move {
            while row == 1 && now() <= expires {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            (row < 3).then(|| (Ok::<_, std::io::Error>(format!("row {row}\n")), row + 1))
        });
        Body::from_stream(rows)
    });
    let router = Router::new()
        .route("/rows", rows)
        .layer(world.provider.layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/rows", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let token = world.emulator.token(&world.emulator.ada());
    let token = token.claim("exp", json!(expires)).build();
    let answer = world
        .http
        .get(&url)
        .header("host", world.host())
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), "row 0\nrow 1\nrow 2\n");
    server.abort();
}
