//! The rule for the whole server, checked on every request before anything else sees it.

use serde_json::json;
use workos_mcp::Rule;
use workos_mcp_emulator::{Endpoint, Fault};
use workos_mcp_tests::Wire;

use super::workshop::workshop_with;

// Attacks: 74.
#[tokio::test]
async fn who_does_not_meet_it_does_not_come_in() {
    let (world, workshop) =
        workshop_with(|builder| builder.require(Rule::organizations(["org_01NOBODY"]))).await;
    let ada = world.modern(&world.emulator.ada());
    let refused = ada.call_tool("open", json!({})).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.body,
        json!({ "error": "access_denied", "error_description": "you are not allowed to use this server" })
    );
    assert!(refused.header("www-authenticate").is_empty());
    assert_eq!(workshop.entered(), 0);
}

#[tokio::test]
async fn a_role_is_asked_of_workos_before_the_first_message() {
    let (world, _) = workshop_with(|builder| builder.require(Rule::role("admin"))).await;
    let ada = world.legacy(&world.emulator.ada()).await;
    assert_eq!(ada.call_tool("open", json!({})).await.text(), "open");
    let grace = world.modern(&world.emulator.grace());
    assert_eq!(grace.call_tool("open", json!({})).await.status, 403);
    assert_eq!(world.emulator.requests(Endpoint::ListMemberships), 2);
}

#[tokio::test]
async fn a_scope_is_asked_for() {
    let (world, _) = workshop_with(|builder| builder.require(Rule::scope("reports:all"))).await;
    let ada = world.emulator.ada();
    let refused = world.modern(&ada).request("tools/list", json!({})).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused
            .header("www-authenticate")
            .ends_with("scope=\"openid profile email offline_access reports:all\"")
    );
    let token = world
        .emulator
        .token(&ada)
        .scope("openid reports:all")
        .build();
    let admitted = Wire::modern(world.mcp_url(), &token);
    assert_eq!(admitted.request("tools/list", json!({})).await.status, 200);
}

#[tokio::test]
async fn while_workos_cannot_be_asked_nobody_comes_in() {
    let (world, workshop) = workshop_with(|builder| builder.require(Rule::role("admin"))).await;
    world
        .emulator
        .fault(Endpoint::ListMemberships, Fault::Status(503));
    let ada = world.modern(&world.emulator.ada());
    let refused = ada.call_tool("open", json!({})).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(
        refused.body["error_description"],
        "permissions cannot be checked right now; retry shortly"
    );
    assert_eq!(workshop.entered(), 0);
}

#[tokio::test]
async fn streams_and_farewells_are_judged_as_well() {
    let (world, _) = workshop_with(|builder| builder.require(Rule::role("admin"))).await;
    let token = world.token(&world.emulator.grace());
    for method in ["GET", "DELETE"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let response = world
            .http
            .request(method, world.mcp_url())
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 403);
    }
}
