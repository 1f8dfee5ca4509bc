//! Nothing that a handler keeps, or waits for, keeps an answer back.

use std::time::Duration;

use axum::{
    Router,
    extract::Request,
    response::sse::{Event, Sse},
    routing::post,
};
use futures_util::{StreamExt, stream};
use rmcp::{RoleServer, service::RequestContext, tool, tool_router};
use serde_json::json;
use tokio::sync::Notify;
use workos_mcp::{Error, Limits};
use workos_mcp_tests::{Wire, World};

use super::workshop::both;

#[derive(Clone)]
struct Hoarder;

#[tool_router(server_handler)]
impl Hoarder {
    /// Keeps all that it gets of the request, for ever.
    #[tool]
    async fn keep(&self, context: RequestContext<RoleServer>) -> Result<String, Error> {
        let kept = context.extensions.clone();
        workos_mcp::spawn(async move {
            let _kept = kept;
            std::future::pending::<()>().await;
        });
        Ok("kept".to_owned())
    }

    /// Waits until it is told to go on.
    #[tool]
    async fn rest(&self) -> Result<String, Error> {
        RESTED.notified().await;
        Ok("rested".to_owned())
    }
}

static RESTED: Notify = Notify::const_new();

fn patient(limits: &mut Limits) {
    // A test that only ends because this is over does not end.
    limits.api_timeout = Duration::from_secs(3600);
}

async fn patient_world() -> World {
    World::builder()
        .configure(|builder| {
            let mut limits = Limits::default();
            patient(&mut limits);
            builder.limits(limits)
        })
        .start(|| Ok(Hoarder))
        .await
}

#[tokio::test]
async fn the_answer_of_a_tool_that_waits_begins_before_the_tool_is_done() {
    let world = patient_world().await;
    let token = world.token(&world.emulator.ada());
    let wire = Wire::legacy(world.mcp_url(), &token).await;
    let call = json!({ "name": "rest", "arguments": {} });
    let answer = wire.send("tools/call", call, Some(7)).await;
    assert_eq!(answer.status(), 200);
    RESTED.notify_one();
    assert_eq!(Wire::read(answer, 7).await.text(), "rested");
}

#[tokio::test]
async fn a_tool_that_keeps_its_request_for_ever_is_answered() {
    let world = patient_world().await;
    for wire in both(&world, world.emulator.token(&world.emulator.ada())).await {
        for _ in 0..3 {
            assert_eq!(wire.call_tool("keep", json!({})).await.text(), "kept");
        }
        assert_eq!(wire.request("tools/list", json!({})).await.status, 200);
    }
}

/// A stream of an axum handler, which nobody decides about.
async fn begins(keeps_request: bool, limits: Limits) {
    let world = World::builder()
        .configure(|builder| builder.limits(limits))
        .start(|| Ok(Hoarder))
        .await;
    let stream = post(move |request: Request| async move {
        let kept = keeps_request.then(|| request.into_parts().0);
        let events = stream::once(async move {
            let _kept = kept;
            Ok::<_, std::convert::Infallible>(Event::default().data("begun"))
        });
        Sse::new(events.chain(stream::pending()))
    });
    let router = Router::new()
        .route("/stream", stream)
        .layer(world.provider.layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/stream", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let mut response = world
        .http
        .post(&url)
        .header("host", world.host())
        .bearer_auth(world.token(&world.emulator.ada()))
        .send()
        .await
        .unwrap();
    let first = response.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"data: begun"), "{first:?}");
    server.abort();
}

#[tokio::test]
async fn a_stream_that_nobody_decides_about_begins_at_once() {
    let mut limits = Limits::default();
    patient(&mut limits);
    begins(false, limits).await;
}

#[tokio::test]
async fn a_stream_that_keeps_its_request_begins_within_the_limit() {
    let mut limits = Limits::default();
    limits.api_timeout = Duration::from_millis(50);
    begins(true, limits).await;
}
