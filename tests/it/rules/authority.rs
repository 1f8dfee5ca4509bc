//! Roles, permissions and feature flags are those of WorkOS, unless the token says.

use std::time::Duration;

use serde_json::json;
use workos_mcp::{Limits, ProviderBuilder};
use workos_mcp_emulator::{Endpoint, Fault};
use workos_mcp_tests::{Reply, Wire};

use super::workshop::{both, ruled, workshop, workshop_with};

fn brief(builder: ProviderBuilder) -> ProviderBuilder {
    let mut limits = Limits::default();
    limits.authority_ttl = Duration::from_millis(50);
    limits.authority_failure_ttl = Duration::from_millis(50);
    ruled(builder).limits(limits)
}

async fn delete(wire: &Wire) -> Reply {
    wire.call_tool("delete-widget", json!({ "id": 7 })).await
}

fn is_unknown(reply: &Reply) -> bool {
    reply.body["error"]["message"] == "tool not found"
}

/// Until the answer is as it should be.
async fn until(wire: &Wire, expected: impl Fn(&Reply) -> bool) {
    let as_expected = async {
        while !expected(&delete(wire).await) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), as_expected)
        .await
        .expect("the answer is as it should be in time");
}

#[tokio::test]
async fn tools_look_at_what_their_caller_may_do() {
    let (world, _) = workshop().await;
    for wire in both(&world, world.emulator.token(&world.emulator.ada())).await {
        assert_eq!(
            wire.call_tool("looks", json!({})).await.text(),
            "admin / reports:export,widgets:read,widgets:write / beta-dashboard"
        );
    }
    let grace = world.emulator.token(&world.emulator.grace());
    for wire in both(&world, grace.organization(world.emulator.globex())).await {
        assert_eq!(
            wire.call_tool("looks", json!({})).await.text(),
            "member / widgets:read / early-reports",
            "what is on for Acme is not on in a session of Globex"
        );
    }
}

#[tokio::test]
async fn a_role_that_changes_in_workos_counts_as_soon_as_it_is_asked_for_again() {
    let (world, _) = workshop_with(brief).await;
    let grace = world.emulator.grace();
    let wire = world.modern(&grace);
    assert!(is_unknown(&delete(&wire).await));
    let acme = world.emulator.acme();
    assert!(world.emulator.set_role(grace.id(), acme, "admin"));
    until(&wire, |reply| reply.body["result"].is_object()).await;
    assert!(world.emulator.set_role(grace.id(), acme, "member"));
    until(&wire, is_unknown).await;
}

#[tokio::test]
async fn within_the_time_to_live_workos_is_asked_once() {
    let (world, _) = workshop().await;
    let ada = world.emulator.ada();
    let calls = (0..20).map(|_| async {
        let wire = world.modern(&ada);
        wire.call_tool("read-widgets", json!({})).await
    });
    for reply in futures_util::future::join_all(calls).await {
        assert_eq!(reply.text(), "three widgets");
    }
    for endpoint in [Endpoint::ListMemberships, Endpoint::ListOrganizationRoles] {
        assert_eq!(world.emulator.requests(endpoint), 1, "{endpoint:?}");
    }
    assert_eq!(world.emulator.requests(Endpoint::ListUserFeatureFlags), 0);
}

#[tokio::test]
async fn while_workos_is_down_calls_are_refused_for_that_and_lists_stay() {
    let (world, workshop) = workshop_with(brief).await;
    let (ada, grace) = (world.emulator.ada(), world.emulator.grace());
    let wires = [world.modern(&ada), world.legacy(&ada).await];
    let of_grace = world.modern(&grace);
    let list = async |wire: &Wire| {
        let reply = wire.request("tools/list", json!({})).await;
        reply.body["result"]["tools"].clone()
    };
    let lists = [list(&wires[0]).await, list(&of_grace).await];
    assert_ne!(lists[0], lists[1]);
    for endpoint in [
        Endpoint::ListMemberships,
        Endpoint::ListOrganizationRoles,
        Endpoint::ListUserFeatureFlags,
        Endpoint::ListOrganizationFeatureFlags,
    ] {
        world.emulator.fault(endpoint, Fault::Status(503));
    }
    until(&wires[0], Reply::is_error_result).await;
    let entered = workshop.entered();
    for wire in &wires {
        let refused = delete(wire).await;
        assert_eq!(refused.status, 200);
        assert_eq!(
            refused.text(),
            "permissions cannot be checked right now; retry shortly"
        );
        let prompt = wire
            .request("prompts/get", json!({ "name": "advice" }))
            .await;
        assert_eq!(prompt.body["error"]["code"], 503, "{prompt:?}");
        assert_eq!(list(wire).await, lists[0]);
        // What asks for nobody's word goes on.
        assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
    }
    assert_eq!(list(&of_grace).await, lists[1]);
    // What is hidden and what is not there cannot be told apart now either.
    for tool in ["delete-widget", "no-such-tool"] {
        let refused = of_grace.call_tool(tool, json!({})).await;
        assert_eq!(
            refused.text(),
            "permissions cannot be checked right now; retry shortly",
            "{tool}"
        );
    }
    assert_eq!(workshop.entered() - entered, 2, "only what is open has run");

    for endpoint in [Endpoint::ListMemberships, Endpoint::ListOrganizationRoles] {
        world.emulator.clear_fault(endpoint);
    }
    for wire in &wires {
        until(wire, |reply| {
            reply.body["result"]["isError"] == json!(false)
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_known_too_long_ago_is_not_listed() {
    let (world, _) = workshop_with(|builder| {
        let mut limits = Limits::default();
        limits.authority_ttl = Duration::from_millis(50);
        limits.authority_failure_ttl = Duration::from_millis(50);
        limits.authority_max_stale = Duration::from_secs(1);
        ruled(builder).limits(limits)
    })
    .await;
    let wire = world.modern(&world.emulator.ada());
    let list = async || {
        let list = wire.request("tools/list", json!({})).await;
        list.body["result"]["tools"].to_string()
    };
    assert!(list().await.contains("delete-widget"));
    world
        .emulator
        .fault(Endpoint::ListMemberships, Fault::Status(503));
    let until_gone = async {
        loop {
            let list = list().await;
            if !list.contains("delete-widget") {
                return list;
            }
        }
    };
    let list = tokio::time::timeout(Duration::from_secs(20), until_gone)
        .await
        .expect("a list does not go by what was known too long ago");
    assert!(
        list.contains("open") && list.contains("export-report"),
        "{list}"
    );
}

#[tokio::test]
async fn what_nobody_can_tell_is_not_listed() {
    let (world, _) = workshop().await;
    for endpoint in [Endpoint::ListMemberships, Endpoint::ListUserFeatureFlags] {
        world.emulator.fault(endpoint, Fault::Status(500));
    }
    for wire in both(&world, world.emulator.token(&world.emulator.ada())).await {
        let list = wire.request("tools/list", json!({})).await.body.to_string();
        assert!(list.contains("export-report") && !list.contains("delete-widget"));
        assert!(delete(&wire).await.is_error_result());
    }
}

#[tokio::test]
async fn what_has_no_rule_waits_for_nobody() {
    let (world, _) = workshop().await;
    for endpoint in [Endpoint::ListMemberships, Endpoint::ListUserFeatureFlags] {
        world.emulator.fault(endpoint, Fault::Stall);
    }
    for wire in both(&world, world.emulator.token(&world.emulator.grace())).await {
        assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
        for (method, params) in [
            ("prompts/get", json!({ "name": "hello" })),
            ("resources/read", json!({ "uri": "note://all" })),
        ] {
            let reply = wire.request(method, params).await;
            assert!(reply.body["result"].is_object(), "{method}: {reply:?}");
        }
    }
    for endpoint in [Endpoint::ListMemberships, Endpoint::ListUserFeatureFlags] {
        assert_eq!(world.emulator.requests(endpoint), 0, "{endpoint:?}");
    }
}

#[tokio::test]
async fn a_stalled_workos_holds_a_call_no_longer_than_its_limit() {
    let (world, _) = workshop_with(|builder| {
        let mut limits = Limits::default();
        limits.api_timeout = Duration::from_millis(100);
        builder.limits(limits)
    })
    .await;
    world
        .emulator
        .fault(Endpoint::ListMemberships, Fault::Stall);
    for wire in both(&world, world.emulator.token(&world.emulator.ada())).await {
        let refused = delete(&wire).await;
        assert!(refused.text().starts_with("permissions cannot be checked"));
    }
}

#[tokio::test]
async fn what_the_token_says_is_final_even_if_that_is_nothing() {
    let (world, _) = workshop().await;
    let token = || world.emulator.token(&world.emulator.grace());
    for wire in both(&world, token().claim("role", json!("admin"))).await {
        assert!(delete(&wire).await.body["result"].is_object());
    }
    for wire in both(&world, token().claim("roles", json!(["writer", "admin"]))).await {
        assert!(delete(&wire).await.body["result"].is_object());
    }
    let ada = || world.emulator.token(&world.emulator.ada());
    for token in [
        ada().claim("role", json!("member")),
        ada().claim("roles", json!([])),
    ] {
        for wire in both(&world, token).await {
            assert!(is_unknown(&delete(&wire).await));
        }
    }
    assert_eq!(world.emulator.requests(Endpoint::ListMemberships), 0);
    for wire in both(&world, ada().claim("permissions", json!([]))).await {
        let reply = wire.call_tool("read-widgets", json!({})).await;
        assert!(is_unknown(&reply));
    }
    for wire in both(
        &world,
        ada().claim("feature_flags", json!(["early-reports"])),
    )
    .await
    {
        assert_eq!(wire.call_tool("early", json!({})).await.text(), "early");
    }
    // A claim of another shape says nothing.
    for wire in both(&world, ada().claim("role", json!({ "slug": "member" }))).await {
        assert!(delete(&wire).await.body["result"].is_object());
    }
}

#[tokio::test]
async fn a_role_in_the_token_has_the_permissions_that_workos_gives_it() {
    let (world, _) = workshop().await;
    let token = world.emulator.token(&world.emulator.grace());
    for wire in both(&world, token.claim("role", json!("nobody"))).await {
        assert!(is_unknown(&wire.call_tool("read-widgets", json!({})).await));
    }
    assert_eq!(world.emulator.requests(Endpoint::ListMemberships), 0);
}

#[tokio::test]
async fn a_synchronous_tool_is_guarded_by_what_was_asked_before_it_runs() {
    let (world, workshop) = workshop().await;
    for wire in both(&world, world.emulator.token(&world.emulator.ada())).await {
        assert_eq!(
            wire.call_tool("synchronous", json!({})).await.text(),
            "synchronous"
        );
    }
    for wire in both(&world, world.emulator.token(&world.emulator.grace())).await {
        assert!(is_unknown(&wire.call_tool("synchronous", json!({})).await));
    }
    assert_eq!(workshop.entered(), 2);
}

#[tokio::test]
async fn feature_flags_are_those_of_the_user_and_of_the_session_s_organization() {
    let (world, _) = workshop().await;
    let grace = world.emulator.grace();
    let at = |organization: &str| world.emulator.token(&grace).organization(organization);
    for (token, tool, on) in [
        (at(world.emulator.acme()), "beta", true),
        (at(world.emulator.globex()), "beta", false),
        (at(world.emulator.acme()), "early", true),
        (at(world.emulator.globex()), "early", true),
        (world.emulator.token(&world.emulator.ada()), "early", false),
    ] {
        for wire in both(&world, token).await {
            let reply = wire.call_tool(tool, json!({})).await;
            assert_eq!(!is_unknown(&reply), on, "{tool}: {reply:?}");
        }
    }
}
