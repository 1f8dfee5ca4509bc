//! Nobody ever runs as somebody else: not beside others, not after a panic, not after a client hung up.

use std::{future::Future, sync::Arc};

use futures_util::{StreamExt, stream};
use serde_json::json;
use workos_mcp_emulator::Emulator;
use workos_mcp_tests::{Tools, Wire, World};

/// Calls `whoami_slowly` so many times, two users in turn, many at once, and counts answers to the wrong one.
async fn mixed_up(clients: [(Arc<Wire>, String); 2], calls: usize) -> usize {
    stream::iter((0..calls).map(|call| clients[call % 2].clone()))
        .map(|(wire, user)| async move {
            let reply = wire.call_tool("whoami_slowly", json!({})).await;
            usize::from(reply.text() != user)
        })
        .buffer_unordered(64)
        .fold(0, |sum, wrong| async move { sum + wrong })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_interleaved_calls_of_two_users_never_see_each_other() {
    let world = World::start().await;
    let (ada, grace) = (world.emulator.ada(), world.emulator.grace());
    let modern = [
        (Arc::new(world.modern(&ada)), ada.id().to_owned()),
        (Arc::new(world.modern(&grace)), grace.id().to_owned()),
    ];
    assert_eq!(mixed_up(modern, 500).await, 0);
    let legacy = [
        (Arc::new(world.legacy(&ada).await), ada.id().to_owned()),
        (Arc::new(world.legacy(&grace).await), grace.id().to_owned()),
    ];
    assert_eq!(mixed_up(legacy, 500).await, 0);
}

async fn tells_who(wire: &Wire) -> String {
    wire.call_tool("whoami", json!({})).await.text().to_owned()
}

async fn both_eras<F, Fut>(check: F)
where
    F: Fn(World, Tools, Wire) -> Fut,
    Fut: Future<Output = ()>,
{
    for legacy in [true, false] {
        let tools = Tools::default();
        let shared = tools.clone();
        let world = World::builder().start(move || Ok(shared.clone())).await;
        let ada = world.emulator.ada();
        let wire = if legacy {
            world.legacy(&ada).await
        } else {
            world.modern(&ada)
        };
        check(world, tools, wire).await;
    }
}

#[tokio::test]
async fn after_a_panic_in_a_tool_the_next_calls_are_right() {
    both_eras(|world, _, wire| async move {
        let (ada, grace) = (world.emulator.ada(), world.emulator.grace());
        let panicked = wire.call_tool("panics", json!({})).await;
        assert_eq!(
            panicked.body["error"]["message"], "the call failed unexpectedly",
            "{panicked:?}"
        );
        assert_eq!(tells_who(&world.modern(&grace)).await, grace.id());
        assert_eq!(tells_who(&world.modern(&ada)).await, ada.id());
        assert_eq!(tells_who(&world.legacy(&grace).await).await, grace.id());
    })
    .await;
}

#[tokio::test]
async fn after_a_client_hung_up_the_next_calls_are_right() {
    let tools = Tools::default();
    let shared = tools.clone();
    let world = World::builder().start(move || Ok(shared.clone())).await;
    let (ada, grace) = (world.emulator.ada(), world.emulator.grace());
    let wire = world.modern(&ada);
    tokio::select! {
        reply = wire.call_tool("waits", json!({})) => panic!("answered before the gate opened: {reply:?}"),
        () = tools.gate.arrived() => {}
    }
    drop(wire);
    assert_eq!(tools.gate.abandoned().await, ada.id());
    assert_eq!(tells_who(&world.modern(&grace)).await, grace.id());
    assert_eq!(tells_who(&world.modern(&ada)).await, ada.id());
}

#[tokio::test]
async fn spawned_work_keeps_its_caller_with_our_spawn_and_has_none_with_tokios() {
    both_eras(|world, _, wire| async move {
        let ada = world.emulator.ada();
        let reply = wire.call_tool("spawned", json!({})).await;
        assert_eq!(
            reply.text(),
            format!("{0} {0} SessionNotInitialized", ada.id())
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_parameter_is_the_callers() {
    both_eras(|world, _, wire| async move {
        let reply = wire.call_tool("whoami_extracted", json!({})).await;
        assert_eq!(reply.text(), world.emulator.ada().id());
    })
    .await;
}

#[tokio::test]
async fn two_providers_in_one_process_do_not_mix() {
    let first = World::start().await;
    let second = World::builder()
        .emulator(Emulator::start().await.unwrap())
        .start(|| Ok(Tools::default()))
        .await;
    let (ada, grace) = (first.emulator.ada(), second.emulator.grace());
    assert_eq!(tells_who(&first.modern(&ada)).await, ada.id());
    assert_eq!(tells_who(&second.modern(&grace)).await, grace.id());

    // A token of one is nothing to the other, even once the first has verified and remembered it.
    let crossed = Wire::modern(second.mcp_url(), &first.token(&ada));
    assert_eq!(crossed.call_tool("whoami", json!({})).await.status, 401);
    assert_eq!(tells_who(&first.modern(&ada)).await, ada.id());
}
