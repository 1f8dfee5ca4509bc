//! Holders of WorkOS API keys: let in by a permission, for what their key may do, and for as long as WorkOS says so.

mod budget;
mod counter;
mod hang_ups;
mod outages;
mod refusals;
mod validity;

use reqwest::Method;
use serde_json::json;
use workos_mcp::Rule;
use workos_mcp_emulator::{ApiKey, Endpoint};
use workos_mcp_tests::{Era, Reply, Wire, World};

use self::counter::{PERMISSION, counter, counter_with};
use crate::session_ids::tries;

/// A key of an organization that may use the server.
fn key_of(world: &World, organization: &str) -> ApiKey {
    let key = ApiKey::of_organization(organization, "Build server");
    world.emulator.add_api_key(key.with_permission(PERMISSION))
}

fn key(world: &World) -> ApiKey {
    key_of(world, world.emulator.acme())
}

fn modern(world: &World, key: &ApiKey) -> Wire {
    Wire::modern(world.mcp_url(), key.value())
}

/// A client of each era, with this key.
async fn both(world: &World, key: &ApiKey) -> [Wire; 2] {
    [
        modern(world, key),
        Wire::legacy(world.mcp_url(), key.value()).await,
    ]
}

fn is_unknown(reply: &Reply) -> bool {
    reply.body["error"]["message"] == "tool not found"
}

#[tokio::test]
async fn a_key_calls_as_the_principal_that_it_is() {
    let (world, _) = counter().await;
    let key = ApiKey::of_organization(world.emulator.acme(), "Build server")
        .with_permission("widgets:read")
        .with_permission(PERMISSION);
    let key = world.emulator.add_api_key(key);
    for wire in both(&world, &key).await {
        assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
        let caller = wire.call_tool("caller", json!({})).await;
        let expected = format!(
            "api_key {} {} of {} / no user / widgets:read,{PERMISSION}",
            world.emulator.url(),
            key.id(),
            world.emulator.acme(),
        );
        assert_eq!(caller.text(), expected);
        assert_eq!(caller.header("cache-control"), "no-store");
        let looks = wire.call_tool("looks", json!({})).await;
        assert_eq!(
            looks.text(),
            format!("roles / {PERMISSION},widgets:read / beta-dashboard")
        );
    }
}

#[tokio::test]
async fn a_key_of_a_user_tells_the_user_and_is_still_no_session() {
    let (world, _) = counter().await;
    let ada = world.emulator.ada();
    let key = ApiKey::of_user(ada.id(), world.emulator.acme(), "Ada's laptop");
    let key = world.emulator.add_api_key(key.with_permission(PERMISSION));
    for wire in both(&world, &key).await {
        let caller = wire.call_tool("caller", json!({})).await;
        let (who, organization) = (ada.id(), world.emulator.acme());
        let expected = format!("of {organization} / {who} / {PERMISSION}");
        assert!(caller.text().ends_with(&expected), "{caller:?}");
        // Her roles are hers, not her key's.
        let deletes = wire.call_tool("delete-widget", json!({})).await;
        assert!(is_unknown(&deletes), "{deletes:?}");
    }
    assert_eq!(world.emulator.requests(Endpoint::ListMemberships), 0);
}

#[tokio::test]
async fn what_needs_a_user_says_so() {
    let (world, counter) = counter().await;
    for wire in both(&world, &key(&world)).await {
        for tool in ["session", "session-inside"] {
            let refused = wire.call_tool(tool, json!({})).await;
            assert_eq!(refused.status, 200);
            assert!(refused.is_error_result(), "{tool}: {refused:?}");
            assert_eq!(
                refused.text(),
                "only a signed-in user can use this, and the caller is the holder of an API key; call with the access token of a user"
            );
        }
    }
    assert_eq!(counter.entered(), 0);
}

#[tokio::test]
async fn rules_go_by_what_the_key_may_do() {
    let (world, counter) = counter().await;
    let reads = ApiKey::of_organization(world.emulator.acme(), "Reads")
        .with_permission(PERMISSION)
        .with_permission("widgets:read");
    let reads = world.emulator.add_api_key(reads);
    for wire in both(&world, &reads).await {
        let mut may = Vec::new();
        for tool in [
            "read-widgets",
            "write-widgets",
            "in-an-organization",
            "export-report",
            "delete-widget",
            "beta",
            "early",
        ] {
            let before = counter.entered();
            let reply = wire.call_tool(tool, json!({})).await;
            assert_eq!(reply.status, 200, "{tool}: {reply:?}");
            if is_unknown(&reply) {
                assert_eq!(counter.entered(), before, "{tool} ran");
            } else {
                assert_eq!(reply.text(), format!("{tool} for api_key"));
                may.push(tool);
            }
        }
        assert_eq!(may, ["read-widgets", "in-an-organization", "beta"]);
        let list = wire.request("tools/list", json!({})).await.body.to_string();
        for tool in may {
            assert!(list.contains(tool), "{tool} is not in {list}");
        }
        // No key is ever granted a scope, so there is nothing to send its holder for.
        for tool in ["write-widgets", "export-report", "delete-widget", "early"] {
            assert!(!list.contains(tool), "{tool} is in {list}");
        }
    }
}

#[tokio::test]
async fn the_rule_for_the_server_holds_for_keys_too() {
    let (world, counter) =
        counter_with(|builder, acme| builder.require(Rule::organizations([acme]))).await;
    let own = modern(&world, &key_of(&world, world.emulator.acme()));
    assert_eq!(own.call_tool("open", json!({})).await.text(), "open");
    let other = modern(&world, &key_of(&world, world.emulator.globex()));
    // The first is asked about, the second is known.
    for _ in 0..2 {
        let refused = other.call_tool("open", json!({})).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        assert_eq!(refused.body["error"], "access_denied");
    }
    assert_eq!(counter.entered(), 1);
}

#[tokio::test]
async fn many_calls_make_one_request() {
    let (world, _) = counter().await;
    let known = modern(&world, &key(&world));
    for _ in 0..20 {
        assert_eq!(known.call_tool("open", json!({})).await.text(), "open");
    }
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 1);
    let fresh = modern(&world, &key(&world));
    let calls = (0..100).map(|_| fresh.call_tool("open", json!({})));
    for reply in futures_util::future::join_all(calls).await {
        assert_eq!(reply.text(), "open");
    }
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 2);
}

#[tokio::test]
async fn a_users_token_still_works_beside_keys() {
    let (world, _) = counter().await;
    let ada = world.emulator.ada();
    let wire = world.modern(&ada);
    let session = wire.call_tool("session", json!({})).await;
    assert_eq!(session.text(), ada.id());
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 0);
}

// Attacks: 4.
#[tokio::test]
async fn the_session_of_a_key_is_nobody_elses() {
    let (world, _) = counter().await;
    let owner = key(&world);
    let wire = Wire::legacy(world.mcp_url(), owner.value()).await;
    assert_eq!(wire.era, Era::Legacy);
    let session = wire.session.as_deref().unwrap();
    let ada = world.token(&world.emulator.ada());
    for (who, credential) in [
        (
            "another key of the organization",
            key(&world).value().to_owned(),
        ),
        ("a user of the organization", ada),
    ] {
        for (request, status) in tries(&world, session, &credential).await {
            assert_eq!(status, 404, "{who}: {request}");
        }
    }
    assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
    let ended = world
        .http
        .request(Method::DELETE, world.mcp_url())
        .bearer_auth(owner.value())
        .header("mcp-session-id", session)
        .header("mcp-protocol-version", "2025-11-25")
        .send()
        .await
        .unwrap();
    assert_eq!(ended.status(), 202);
}
