//! How long a key is good, and how soon it is not.

use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use serde_json::json;
use workos_mcp_emulator::{ApiKey, Endpoint};
use workos_mcp_tests::{Era, Reply, Wire};

use super::{
    counter::{PERMISSION, counter, counter_limited},
    key, modern,
};

/// Until the answer is as it should be; gives the one before it, too.
async fn until(wire: &Wire, expected: impl Fn(&Reply) -> bool) {
    let as_expected = async {
        while !expected(&wire.call_tool("open", json!({})).await) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), as_expected)
        .await
        .expect("the answer is as it should be in time");
}

fn is_refused(reply: &Reply) -> bool {
    reply.status == 401
}

fn is_open(reply: &Reply) -> bool {
    reply.body["result"]["content"][0]["text"] == "open"
}

#[tokio::test]
async fn a_key_is_not_measured_by_how_long_a_token_may_be() {
    let (world, _) = counter_limited(|limits| limits.token_bytes = 1).await;
    let reply = modern(&world, &key(&world))
        .call_tool("open", json!({}))
        .await;
    assert_eq!(reply.text(), "open");
}

#[tokio::test]
async fn a_revoked_key_stops_within_the_time_to_live() {
    let (world, _) = counter_limited(|limits| {
        limits.api_key_ttl = Duration::from_millis(300);
        limits.api_key_refusal_ttl = Duration::from_secs(60);
    })
    .await;
    let key = key(&world);
    let wires = [
        modern(&world, &key),
        Wire::legacy(world.mcp_url(), key.value()).await,
    ];
    for wire in &wires {
        until(wire, is_open).await;
    }
    assert!(world.emulator.revoke_api_key(key.id()));
    for wire in &wires {
        until(wire, is_refused).await;
    }
    let asked = world.emulator.requests(Endpoint::ValidateApiKey);
    for wire in &wires {
        assert!(is_refused(&wire.call_tool("open", json!({})).await));
    }
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), asked);
}

#[tokio::test]
async fn a_key_expires_on_time_however_long_it_is_believed() {
    let (world, _) = counter().await;
    let expires = SystemTime::now() + Duration::from_secs(3);
    let key = ApiKey::of_organization(world.emulator.acme(), "Brief")
        .with_permission(PERMISSION)
        .with_expiry(expires);
    let wire = modern(&world, &world.emulator.add_api_key(key));
    assert!(is_open(&wire.call_tool("open", json!({})).await));
    until(&wire, is_refused).await;
    let off = match SystemTime::now().duration_since(expires) {
        Ok(late) => late,
        Err(early) => early.duration(),
    };
    // WorkOS says it in milliseconds, of which we count the seconds.
    assert!(off < Duration::from_secs(2), "{off:?} off");
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 1);
}

#[tokio::test]
async fn a_key_that_is_made_later_is_let_in_when_it_is_asked_about_again() {
    let (world, _) = counter_limited(|limits| {
        limits.api_key_refusal_ttl = Duration::from_millis(200);
    })
    .await;
    let key = ApiKey::of_organization(world.emulator.acme(), "Later").with_permission(PERMISSION);
    let wire = modern(&world, &key);
    assert!(is_refused(&wire.call_tool("open", json!({})).await));
    world.emulator.add_api_key(key);
    until(&wire, is_open).await;
}

#[tokio::test]
async fn a_refused_key_is_not_asked_about_again_at_once() {
    let (world, _) = counter().await;
    let unknown = ApiKey::of_organization(world.emulator.acme(), "Unknown");
    let wire = modern(&world, &unknown);
    for _ in 0..5 {
        assert!(is_refused(&wire.call_tool("open", json!({})).await));
    }
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 1);
}

async fn ends_with_the_belief(era: Era) {
    // The leeway of clocks, half a minute, is for tokens.
    let (world, _) = counter_limited(|limits| limits.api_key_ttl = Duration::from_secs(1)).await;
    let key = key(&world);
    let wire = match era {
        Era::Modern => modern(&world, &key),
        Era::Legacy => Wire::legacy(world.mcp_url(), key.value()).await,
    };
    let response = wire.open_stream().await;
    assert_eq!(response.status(), 200);
    let mut stream = response.bytes_stream();
    let to_its_end = async {
        while let Some(chunk) = stream.next().await {
            chunk.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), to_its_end)
        .await
        .expect("a stream ends when its key has to be asked about again");
    // Whose key is still good opens it again.
    assert_eq!(wire.open_stream().await.status(), 200);
}

#[tokio::test]
async fn a_subscription_ends_when_its_key_has_to_be_asked_about() {
    ends_with_the_belief(Era::Modern).await;
}

#[tokio::test]
async fn the_stream_of_a_session_ends_when_its_key_has_to_be_asked_about() {
    ends_with_the_belief(Era::Legacy).await;
}
