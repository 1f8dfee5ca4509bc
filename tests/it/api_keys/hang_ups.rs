//! A caller who hangs up, again and again: WorkOS is asked once all the same.

use std::time::Duration;

use serde_json::json;
use workos_mcp::{Limits, Rule};
use workos_mcp_emulator::{ApiKey, Endpoint, Fault};
use workos_mcp_tests::World;

use super::{
    counter::{counter_limited, counter_with},
    key, modern,
};

const MANY: usize = 50;

async fn hang_up_many_times(world: &World, key: &ApiKey) {
    for _ in 0..MANY {
        world.hang_up("open", key.value()).await;
    }
}

#[tokio::test]
async fn who_has_a_key_that_is_not_known_has_workos_asked_once() {
    let (world, _) = counter_limited(|limits| {
        limits.api_timeout = Duration::from_secs(30);
    })
    .await;
    let key = key(&world);
    world.emulator.fault(Endpoint::ValidateApiKey, Fault::Stall);
    hang_up_many_times(&world, &key).await;
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 1);
    // The answer to the one who asked first, and hung up, is everybody's.
    world.emulator.clear_fault(Endpoint::ValidateApiKey);
    let reply = modern(&world, &key).call_tool("open", json!({})).await;
    assert_eq!(reply.text(), "open");
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 1);
}

#[tokio::test]
async fn who_has_a_key_that_was_good_has_workos_asked_once_too() {
    let (world, _) = counter_limited(|limits| {
        limits.api_timeout = Duration::from_secs(30);
        // It is to be asked about every time.
        limits.api_key_ttl = Duration::ZERO;
    })
    .await;
    let key = key(&world);
    let wire = modern(&world, &key);
    assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 1);
    world.emulator.fault(Endpoint::ValidateApiKey, Fault::Stall);
    hang_up_many_times(&world, &key).await;
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 2);
    world.emulator.clear_fault(Endpoint::ValidateApiKey);
    assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
}

/// A question that ended badly is remembered though nobody waited for its end.
#[tokio::test]
async fn a_failure_that_nobody_waited_for_is_remembered() {
    let (world, _) = counter_limited(|limits| {
        limits.api_timeout = Duration::from_secs(30);
        limits.api_key_failure_ttl = Duration::from_secs(60);
    })
    .await;
    let key = key(&world);
    world.emulator.fault(Endpoint::ValidateApiKey, Fault::Stall);
    world.hang_up("open", key.value()).await;
    world
        .emulator
        .wait_for_requests(Endpoint::ValidateApiKey, 1)
        .await;
    world
        .emulator
        .fault(Endpoint::ValidateApiKey, Fault::Status(500));
    for _ in 0..5 {
        let reply = modern(&world, &key).call_tool("open", json!({})).await;
        assert_eq!(reply.status, 503, "{reply:?}");
    }
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 1);
}

/// The rule for the server is checked on the way in, by asking WorkOS.
#[tokio::test]
async fn who_is_asked_about_by_the_rule_for_the_server_has_workos_asked_once() {
    let (world, counter) = counter_with(|builder, _| {
        let mut limits = Limits::default();
        limits.api_timeout = Duration::from_secs(30);
        limits.authority_ttl = Duration::from_secs(60);
        builder
            .require(Rule::feature_flag("beta-dashboard"))
            .limits(limits)
    })
    .await;
    let key = key(&world);
    let flags = Endpoint::ListOrganizationFeatureFlags;
    world.emulator.fault(flags, Fault::Stall);
    hang_up_many_times(&world, &key).await;
    assert_eq!(world.emulator.requests(flags), 1);
    world.emulator.clear_fault(flags);
    let reply = modern(&world, &key).call_tool("open", json!({})).await;
    assert_eq!(reply.text(), "open");
    assert_eq!(world.emulator.requests(flags), 1);
    assert_eq!(counter.entered(), 1);
}
