//! Public tools beside protected ones: who is not signed in sees what there is, uses what is public, and is asked to sign in
//! for the rest.

mod by_hand;
mod forms;
mod library;
mod sessions;
mod sign_in;

use serde_json::{Value, json};
use workos_mcp::{Anonymous, Rule};
use workos_mcp_tests::{Era, Reply, Wire, World};

use library::{both, library, library_with, open};

fn names<'r>(reply: &'r Reply, list: &str) -> Vec<&'r str> {
    reply.body["result"][list]
        .as_array()
        .unwrap_or_else(|| panic!("no {list} in {reply:?}"))
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

/// The challenge of a request without credentials.
fn challenged(reply: &Reply, world: &World) {
    assert_eq!(reply.status, 401, "{reply:?}");
    assert_eq!(
        reply.header("www-authenticate"),
        format!(
            "Bearer resource_metadata=\"{}\", scope=\"openid profile email offline_access\"",
            world.url("/.well-known/oauth-protected-resource/mcp")
        )
    );
    assert_eq!(reply.body, "");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("vary"), "authorization");
}

/// What is not public, and how it is asked for. Older clients ask for some of it otherwise.
fn protected(era: Era) -> Vec<(&'static str, Value)> {
    let mut protected = vec![
        ("tools/call", json!({ "name": "borrow", "arguments": {} })),
        ("tools/call", json!({ "name": "shelves", "arguments": {} })),
        ("tools/call", json!({ "name": "order", "arguments": {} })),
        ("tools/call", json!({ "name": "archive", "arguments": {} })),
        ("tools/call", json!({ "name": "closed", "arguments": {} })),
        (
            "tools/call",
            json!({ "name": "no-such-tool", "arguments": {} }),
        ),
        ("prompts/get", json!({ "name": "advice" })),
        ("prompts/get", json!({ "name": "no-such-prompt" })),
        ("resources/read", json!({ "uri": "ledger://2026" })),
        ("resources/read", json!({ "uri": "nothing://here" })),
        (
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "advice" }, "argument": { "name": "a", "value": "" } }),
        ),
        ("library/anything", json!({})),
    ];
    match era {
        Era::Modern => protected.extend([
            (
                "subscriptions/listen",
                json!({ "notifications": { "toolsListChanged": true } }),
            ),
            ("tasks/get", json!({ "taskId": "1" })),
        ]),
        Era::Legacy => protected.extend([
            ("logging/setLevel", json!({ "level": "debug" })),
            ("resources/subscribe", json!({ "uri": "ledger://2026" })),
        ]),
    }
    protected
}

#[tokio::test]
async fn without_a_token_what_is_public_works() {
    let (world, library) = library().await;
    for wire in both(&world, "").await {
        assert_eq!(
            wire.call_tool("search", json!({})).await.text(),
            "found for a stranger"
        );
        assert_eq!(wire.call_tool("kind", json!({})).await.text(), "nobody");
        for (method, params) in [
            ("prompts/get", json!({ "name": "hours" })),
            ("resources/read", json!({ "uri": "docs://rules" })),
            (
                "completion/complete",
                json!({ "ref": { "type": "ref/prompt", "name": "hours" }, "argument": { "name": "a", "value": "" } }),
            ),
        ] {
            let reply = wire.request(method, params).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            assert!(reply.body["result"].is_object(), "{reply:?}");
        }
    }
    assert_eq!(library.entered(), 10);
}

// Attacks: 31.
#[tokio::test]
async fn without_a_token_everything_else_answers_with_the_challenge_and_nothing_runs() {
    let (world, library) = library().await;
    for wire in both(&world, "").await {
        for (method, params) in protected(wire.era) {
            let reply = wire.request(method, params).await;
            challenged(&reply, &world);
        }
    }
    assert_eq!(library.entered(), 0);
}

#[tokio::test]
async fn with_a_token_public_tools_know_who_calls() {
    let (world, _) = library().await;
    let ada = world.emulator.ada();
    for wire in both(&world, &world.token(&ada)).await {
        let found = wire.call_tool("search", json!({})).await;
        assert_eq!(found.text(), format!("found for {}", ada.id()));
        assert_eq!(wire.call_tool("kind", json!({})).await.text(), "user");
        let lent = wire.call_tool("borrow", json!({})).await;
        assert_eq!(lent.text(), format!("lent to {}", ada.id()));
        // Ada is an admin.
        assert_eq!(wire.call_tool("closed", json!({})).await.text(), "closed");
    }
}

// Attacks: 16, 17, 32, 33, 35, 61.
#[tokio::test]
async fn credentials_that_do_not_hold_are_refused_and_never_taken_for_none() {
    let (world, library) = library().await;
    let search = |wire: Wire| async move { wire.call_tool("search", json!({})).await.status };
    let expired = world
        .emulator
        .token(&world.emulator.ada())
        .expires_in(-3600);
    for token in ["foo".to_owned(), expired.build()] {
        assert_eq!(search(Wire::modern(world.mcp_url(), &token)).await, 401);
    }
    let nobody = Wire::modern(world.mcp_url(), "");
    let params = || json!({ "name": "search", "arguments": {} });
    for (authorization, status) in [
        ("Basic YTpi", 401),
        ("foo", 401),
        ("", 401),
        ("Bearer", 400),
        ("Bearer a b", 400),
    ] {
        let headers = [("authorization", authorization)];
        let reply = nobody
            .send_with("tools/call", params(), Some(1), &headers)
            .await;
        assert_eq!(reply.status(), status, "{authorization}");
    }
    let good = world.token(&world.emulator.ada());
    let in_query = Wire::modern(&format!("{}?access_token={good}", world.mcp_url()), "");
    assert_eq!(search(in_query).await, 401);
    assert_eq!(library.entered(), 0);
    assert_eq!(search(nobody).await, 200);
}

#[tokio::test]
async fn who_is_not_signed_in_sees_what_somebody_could_use() {
    let (world, _) = library().await;
    let all = [
        "archive", "borrow", "closed", "kind", "order", "reserve", "search", "shelves",
    ];
    for wire in both(&world, "").await {
        let mut tools = wire.request("tools/list", json!({})).await;
        let mut listed = names(&tools, "tools");
        listed.sort_unstable();
        assert_eq!(listed, all);
        assert!(!tools.body.to_string().contains("workos-mcp/rule"));
        tools = wire.request("prompts/list", json!({})).await;
        assert_eq!(names(&tools, "prompts").len(), 2);
        tools = wire.request("resources/list", json!({})).await;
        assert_eq!(names(&tools, "resources").len(), 2);
    }
    // Grace is no admin.
    for wire in both(&world, &world.token(&world.emulator.grace())).await {
        let tools = wire.request("tools/list", json!({})).await;
        let listed = names(&tools, "tools");
        assert!(
            !listed.contains(&"archive") && !listed.contains(&"closed"),
            "{listed:?}"
        );
        assert_eq!(listed.len(), all.len() - 2);
    }
}

#[tokio::test]
async fn a_list_tells_what_one_has_to_sign_in_for() {
    let (world, _) = library().await;
    let tools = Wire::modern(world.mcp_url(), "")
        .request("tools/list", json!({}))
        .await;
    let schemes = |name: &str| {
        let tools = tools.body["result"]["tools"].as_array().unwrap();
        let tool = tools.iter().find(|tool| tool["name"] == name).unwrap();
        tool["_meta"]["securitySchemes"].clone()
    };
    let base =
        json!({ "type": "oauth2", "scopes": ["openid", "profile", "email", "offline_access"] });
    assert_eq!(schemes("search"), json!([{ "type": "noauth" }, base]));
    for name in ["borrow", "shelves", "archive", "closed"] {
        assert_eq!(schemes(name), json!([base]), "{name}");
    }
    let mut scopes = base;
    scopes["scopes"]
        .as_array_mut()
        .unwrap()
        .push(json!("books:order"));
    assert_eq!(schemes("order"), json!([scopes]));
}

#[tokio::test]
async fn by_default_everything_needs_a_token() {
    let (world, library) = library_with(|builder| open(builder).anonymous(Anonymous::Refuse)).await;
    let wire = Wire::modern(world.mcp_url(), "");
    for (method, params) in [
        ("tools/call", json!({ "name": "search", "arguments": {} })),
        ("tools/list", json!({})),
        ("server/discover", json!({})),
    ] {
        challenged(&wire.request(method, params).await, &world);
    }
    assert_eq!(library.entered(), 0);
    // What is public is for who signs in, too.
    let ada = world.modern(&world.emulator.ada());
    assert_eq!(ada.call_tool("kind", json!({})).await.text(), "user");
}

#[tokio::test]
async fn a_rule_for_the_whole_server_holds_for_who_signs_in() {
    let (world, _) = library_with(|builder| open(builder).require(Rule::role("admin"))).await;
    let search = |token: String| {
        let wire = Wire::modern(world.mcp_url(), &token);
        async move { wire.call_tool("search", json!({})).await.status }
    };
    assert_eq!(search(String::new()).await, 200);
    assert_eq!(search(world.token(&world.emulator.ada())).await, 200);
    assert_eq!(search(world.token(&world.emulator.grace())).await, 403);
}

#[tokio::test]
async fn notifications_of_who_is_not_signed_in_are_taken_and_not_acted_upon() {
    let (world, library) = library().await;
    for wire in both(&world, "").await {
        for method in ["notifications/initialized", "library/noticed"] {
            assert_eq!(wire.notify(method, json!({})).await, 202, "{method}");
        }
        // A call that is answered after them has been seen after them.
        assert_eq!(wire.call_tool("kind", json!({})).await.text(), "nobody");
    }
    assert_eq!(library.entered(), 2);
    let ada = world.modern(&world.emulator.ada());
    assert_eq!(ada.notify("library/noticed", json!({})).await, 202);
}

// Attacks: 21, 23.
#[tokio::test]
async fn a_public_rule_opens_nothing_but_what_it_names() {
    let (world, library) = library_with(|builder| {
        open(builder).resource_rules([
            ("report://view?id=public", Rule::public()),
            ("file:///srv/public/{+path}", Rule::public()),
            ("notes://Welcome", Rule::public()),
        ])
    })
    .await;
    let long = format!("ledger://2026?{}", "x".repeat(8 * 1024));
    for wire in both(&world, "").await {
        for uri in [
            "ledger://2026",
            &long,
            "ledger://2026#%2525252541",
            "ledger://2026?%2525252541",
            "report://view?id=secret",
            "report://view",
            "report://view#x",
            "file:///srv/public/../secret/plan",
            "file:///srv/public/..%2fsecret/plan",
            "notes://welcome",
        ] {
            let reply = wire.request("resources/read", json!({ "uri": uri })).await;
            challenged(&reply, &world);
        }
    }
    assert_eq!(library.entered(), 0);
}
