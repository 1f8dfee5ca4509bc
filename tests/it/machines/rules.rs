//! Rules hold for machines as for users: by what the token states, and by their organization.

use serde_json::{Value, json};
use workos_mcp_emulator::{Endpoint, TokenBuilder};
use workos_mcp_tests::{Reply, Wire, World};

use super::{both, minted, reports};

fn is_unknown(reply: &Reply) -> bool {
    reply.status == 200 && reply.body["error"]["message"] == "tool not found"
}

async fn listed(wire: &Wire) -> Vec<String> {
    let reply = wire.request("tools/list", json!({})).await;
    let tools = reply.body["result"]["tools"].as_array().unwrap();
    let names = tools.iter().map(|tool| tool["name"].as_str().unwrap());
    names.map(ToOwned::to_owned).collect()
}

/// Whether each era lists and runs the tool, or neither knows of it.
async fn runs(world: &World, token: TokenBuilder, tool: &str) -> bool {
    let mut ran = Vec::new();
    for wire in both(world, token).await {
        let reply = wire.call_tool(tool, json!({})).await;
        let is_listed = listed(&wire).await.contains(&tool.to_owned());
        assert_ne!(is_unknown(&reply), is_listed, "{tool}: {reply:?}");
        if is_listed {
            assert!(!reply.text().is_empty() && !reply.is_error_result());
        }
        ran.push(is_listed);
    }
    assert_eq!(ran[0], ran[1], "the eras differ about {tool}");
    ran[0]
}

// Attacks: 9.
#[tokio::test]
async fn a_scope_that_is_missing_is_asked_for_in_both_eras() {
    let (world, reports) = reports().await;
    for wire in both(&world, minted(&world).scope("widgets:see")).await {
        let refused = wire.call_tool("read", json!({})).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        assert_eq!(refused.body["error"], "insufficient_scope");
        let challenge = refused.header("www-authenticate");
        assert!(
            challenge.ends_with(
                "scope=\"openid profile email offline_access reports:read widgets:see\""
            ),
            "{challenge}"
        );
        assert!(listed(&wire).await.contains(&"read".to_owned()));
    }
    assert_eq!(reports.entered(), 0);
    for wire in both(&world, minted(&world).scope("reports:read")).await {
        assert_eq!(wire.call_tool("read", json!({})).await.text(), "read");
    }
}

#[tokio::test]
async fn the_organization_is_the_one_of_the_application() {
    let (world, _) = reports().await;
    let globex = world.emulator.globex();
    let nowhere = || minted(&world).without("org_id");
    assert!(runs(&world, minted(&world), "organization").await);
    assert!(runs(&world, minted(&world), "of_acme").await);
    let in_globex = || minted(&world).organization(globex);
    assert!(runs(&world, in_globex(), "organization").await);
    assert!(!runs(&world, in_globex(), "of_acme").await);
    assert!(!runs(&world, nowhere(), "organization").await);
}

// Attacks: 74.
#[tokio::test]
async fn roles_and_permissions_are_what_the_token_states() {
    let (world, _) = reports().await;
    for tool in ["role", "permission"] {
        assert!(!runs(&world, minted(&world), tool).await);
    }
    let stated = |name: &str, value: Value| minted(&world).claim(name, value);
    assert!(runs(&world, stated("role", json!("admin")), "role").await);
    assert!(runs(&world, stated("roles", json!(["admin"])), "role").await);
    assert!(!runs(&world, stated("role", json!("member")), "role").await);
    let permissions = |names: &[&str]| stated("permissions", json!(names));
    assert!(runs(&world, permissions(&["widgets:read"]), "permission").await);
    assert!(!runs(&world, permissions(&["widgets:write"]), "permission").await);
    assert!(!runs(&world, permissions(&[]), "permission").await);
    // WorkOS has memberships of users only: there is nothing to ask of a machine.
    assert_eq!(world.emulator.requests(Endpoint::ListMemberships), 0);
}

#[tokio::test]
async fn a_feature_flag_is_asked_of_workos_once_for_the_organization() {
    let (world, _) = reports().await;
    let flags = || {
        let asked = Endpoint::ListOrganizationFeatureFlags;
        world.emulator.requests(asked)
    };
    for _ in 0..2 {
        assert!(runs(&world, minted(&world), "flag").await);
    }
    assert_eq!(flags(), 1);
    let in_globex = minted(&world).organization(world.emulator.globex());
    assert!(!runs(&world, in_globex, "flag").await);
    assert_eq!(flags(), 2);
    assert_eq!(world.emulator.requests(Endpoint::ListUserFeatureFlags), 0);
    // Without an organization there is nobody to ask about.
    assert!(!runs(&world, minted(&world).without("org_id"), "flag").await);
    assert_eq!(flags(), 2);
}

#[tokio::test]
async fn of_two_guards_with_one_caller_both_must_hold() {
    let (world, reports) = reports().await;
    let token = |scope: &str, permission: &str| {
        let token = minted(&world).scope(scope);
        token.claim("permissions", json!([permission]))
    };
    for wire in both(&world, token("reports:read", "widgets:read")).await {
        assert_eq!(wire.call_tool("both", json!({})).await.text(), "machine");
    }
    let entered = reports.entered();
    for wire in both(&world, token("other", "widgets:read")).await {
        assert_eq!(wire.call_tool("both", json!({})).await.status, 403);
    }
    for wire in both(&world, token("reports:read", "other")).await {
        assert!(is_unknown(&wire.call_tool("both", json!({})).await));
    }
    assert_eq!(reports.entered(), entered);
}
