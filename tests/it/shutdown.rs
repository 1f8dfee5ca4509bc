//! A server that is told to stop answers the call in flight, ends the open streams, and takes no more connections.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::mpsc;
use workos_mcp::Limits;
use workos_mcp_tests::{Era, Tools, Wire, World};

async fn world(tools: &Tools, drain: Duration) -> World {
    let tools = tools.clone();
    World::builder()
        .configure(move |builder| {
            let mut limits = Limits::default();
            limits.drain = drain;
            builder.limits(limits)
        })
        .start(move || Ok(tools.clone()))
        .await
}

/// Opens a stream that nobody ends, and says when it has ended.
async fn open_stream(world: &World, era: Era) -> (reqwest::StatusCode, mpsc::Receiver<()>) {
    let ada = world.emulator.ada();
    let wire = match era {
        Era::Modern => world.modern(&ada),
        Era::Legacy => world.legacy(&ada).await,
    };
    let response = wire.open_stream().await;
    let status = response.status();
    let (ended, end) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut stream = response.bytes_stream();
        while stream.next().await.is_some_and(|chunk| chunk.is_ok()) {}
        let _ = ended.send(()).await;
    });
    (status, end)
}

async fn call_is_answered_and_stream_ends(era: Era) {
    let tools = Tools::default();
    // Long enough that only the end of the call can end the wait.
    let mut world = world(&tools, Duration::from_secs(600)).await;
    let ada = world.emulator.ada();
    let wire = match era {
        Era::Legacy => world.legacy(&ada).await,
        Era::Modern => world.modern(&ada),
    };
    let (status, mut stream_ended) = open_stream(&world, era).await;
    assert_eq!(status, 200);

    let call = tokio::spawn(async move { wire.call_tool("waits", json!({})).await });
    tools.gate.arrived().await;
    world.stop();
    tools.gate.open();

    let reply = call.await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.text(), ada.id());
    stream_ended.recv().await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), world.stopped())
        .await
        .unwrap()
        .unwrap();
    assert!(world.http.get(world.url("/healthz")).send().await.is_err());
}

#[tokio::test]
async fn a_call_of_2026_07_28_in_flight_is_answered_and_a_subscription_ends() {
    call_is_answered_and_stream_ends(Era::Modern).await;
}

#[tokio::test]
async fn a_call_of_a_session_in_flight_is_answered_and_its_stream_ends() {
    call_is_answered_and_stream_ends(Era::Legacy).await;
}

#[tokio::test]
async fn a_call_that_does_not_end_is_ended_at_the_deadline() {
    let tools = Tools::default();
    let mut world = world(&tools, Duration::from_millis(200)).await;
    let wire: Wire = world.modern(&world.emulator.ada());
    let call = tokio::spawn(async move { wire.call_tool("waits", json!({})).await });
    tools.gate.arrived().await;
    world.stop();
    tokio::time::timeout(Duration::from_secs(20), world.stopped())
        .await
        .unwrap()
        .unwrap();
    call.abort();
}
