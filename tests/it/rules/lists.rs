//! A list has what its reader may use, or could with more scopes, and says nothing of who else may.

use serde_json::{Value, json};
use workos_mcp_tests::{Era, Wire, World};

use super::workshop::{both, workshop};

async fn names(wire: &Wire, method: &str, list: &str, name: &str) -> Vec<String> {
    let reply = wire.request(method, json!({})).await;
    let items = reply.body["result"][list].as_array();
    let items = items.unwrap_or_else(|| panic!("{reply:?}"));
    items
        .iter()
        .map(|item| item[name].as_str().unwrap().to_owned())
        .collect()
}

const FOR_ALL: [&str; 6] = [
    "beta",
    "decides",
    "export-report",
    "looks",
    "open",
    "read-widgets",
];
const FOR_ADA: [&str; 5] = [
    "delete-widget",
    "either",
    "export-everything",
    "move-everything",
    "synchronous",
];
const FOR_GRACE: [&str; 2] = ["early", "either"];

fn sorted(names: &[&[&str]]) -> Vec<String> {
    let mut names: Vec<_> = names.concat().into_iter().map(str::to_owned).collect();
    names.sort();
    names
}

// Attacks: 25.
#[tokio::test]
async fn two_users_who_list_at_once_see_two_lists() {
    let (world, _) = workshop().await;
    let tokens = [world.emulator.ada(), world.emulator.grace()].map(|user| {
        world
            .emulator
            .token(&user)
            .organization(world.emulator.acme())
    });
    let [ada, grace] = tokens;
    let (ada, grace) = (both(&world, ada).await, both(&world, grace).await);
    for (ada, grace) in ada.iter().zip(&grace) {
        for _ in 0..5 {
            let (of_ada, of_grace) = tokio::join!(
                names(ada, "tools/list", "tools", "name"),
                names(grace, "tools/list", "tools", "name"),
            );
            assert_eq!(of_ada, sorted(&[&FOR_ALL, &FOR_ADA]));
            assert_eq!(of_grace, sorted(&[&FOR_ALL, &FOR_GRACE]));
            let (of_ada, of_grace) = tokio::join!(
                names(ada, "prompts/list", "prompts", "name"),
                names(grace, "prompts/list", "prompts", "name"),
            );
            assert_eq!(of_ada, ["advice", "hello", "summary"]);
            assert_eq!(of_grace, ["hello", "summary"]);
            let (of_ada, of_grace) = tokio::join!(
                names(ada, "resources/list", "resources", "uri"),
                names(grace, "resources/list", "resources", "uri"),
            );
            assert_eq!(of_ada, ["payroll://ada", "report://2026", "note://all"]);
            assert_eq!(of_grace, ["report://2026", "note://all"]);
            let template = ["resourceTemplates", "uriTemplate"];
            let (of_ada, of_grace) = tokio::join!(
                names(ada, "resources/templates/list", template[0], template[1]),
                names(grace, "resources/templates/list", template[0], template[1]),
            );
            assert_eq!(of_ada.len(), 3);
            assert_eq!(of_grace, ["report://{year}", "note://{topic}"]);
        }
    }
}

#[tokio::test]
async fn what_two_users_call_at_once_is_judged_by_who_calls() {
    let (world, _) = workshop().await;
    let ada = both(&world, world.emulator.token(&world.emulator.ada())).await;
    let grace = both(&world, world.emulator.token(&world.emulator.grace())).await;
    for (ada, grace) in ada.iter().zip(&grace) {
        for id in 0..10 {
            let (deleted, refused) = tokio::join!(
                ada.call_tool("delete-widget", json!({ "id": id })),
                grace.call_tool("delete-widget", json!({ "id": id })),
            );
            assert!(deleted.text().ends_with(world.emulator.ada().id()));
            assert_eq!(refused.body["error"]["message"], "tool not found");
        }
    }
}

// Attacks: 25.
#[tokio::test]
async fn a_list_that_depends_on_its_reader_is_for_no_other_cache() {
    let (world, _) = workshop().await;
    for wire in both(&world, world.emulator.token(&world.emulator.ada())).await {
        for method in [
            "tools/list",
            "prompts/list",
            "resources/list",
            "resources/templates/list",
        ] {
            let reply = wire.request(method, json!({})).await;
            let scope = &reply.body["result"]["cacheScope"];
            match wire.era {
                Era::Modern => assert_eq!(scope, "private", "{method}"),
                Era::Legacy => assert!(scope.is_null(), "{method}: {scope}"),
            }
        }
    }
}

#[tokio::test]
async fn a_list_that_is_the_same_for_all_stays_as_the_handler_made_it() {
    let world = World::start().await;
    let ada = world.modern(&world.emulator.ada());
    let reply = ada.request("tools/list", json!({})).await;
    assert_eq!(reply.body["result"]["cacheScope"], "public", "{reply:?}");
}

#[tokio::test]
async fn rules_are_in_no_list_and_the_scopes_that_a_tool_wants_are() {
    let (world, _) = workshop().await;
    for wire in both(&world, world.emulator.token(&world.emulator.ada())).await {
        let list = wire.request("tools/list", json!({})).await;
        let metadata = |name: &str| -> Value {
            let tools = list.body["result"]["tools"].as_array().unwrap();
            let tool = tools.iter().find(|tool| tool["name"] == name).unwrap();
            tool["_meta"].clone()
        };
        let wants = |scopes: &[&str]| {
            let mut all = vec!["openid", "profile", "email", "offline_access"];
            all.extend(scopes);
            json!({ "securitySchemes": [{ "type": "oauth2", "scopes": all }] })
        };
        assert_eq!(metadata("export-report"), wants(&["reports:export"]));
        assert_eq!(metadata("either"), wants(&["reports:export"]));
        assert_eq!(
            metadata("export-everything"),
            wants(&["reports:export", "reports:all"])
        );
        assert!(metadata("delete-widget").is_null());
        assert!(metadata("open").is_null());
        assert!(!list.body.to_string().contains("workos-mcp"));
    }
}

// Attacks: 74.
#[tokio::test]
async fn without_an_organization_there_is_nothing_of_an_organization() {
    let (world, _) = workshop().await;
    let ada = world.emulator.token(&world.emulator.ada());
    for wire in both(&world, ada.without("org_id")).await {
        let tools = names(&wire, "tools/list", "tools", "name").await;
        // The flag of Acme is on for its members, who they are signed in to or not.
        assert_eq!(
            tools,
            [
                "beta",
                "decides",
                "either",
                "export-report",
                "looks",
                "open"
            ]
        );
        let refused = wire.call_tool("read-widgets", json!({})).await;
        assert_eq!(refused.body["error"]["message"], "tool not found");
    }
    assert_eq!(
        world
            .emulator
            .requests(workos_mcp_emulator::Endpoint::ListMemberships),
        0,
        "nobody was asked for what cannot be"
    );
}
