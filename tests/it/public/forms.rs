//! The two forms of a refusal: by HTTP, which Claude and the SDKs act on, and in the result of a tool, which ChatGPT acts on.

use serde_json::{Value, json};
use workos_mcp::RefusalForm;
use workos_mcp_tests::{Era, Reply, World};

use super::{
    challenged,
    library::{both, library, library_with, open},
};

/// The challenge of an error result, taken apart.
fn carried(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.is_error_result(), "{reply:?}");
    assert!(reply.header("www-authenticate").is_empty());
    reply.body["result"]["_meta"]["mcp/www_authenticate"].clone()
}

fn expected(world: &World, description: &str, scopes: &str) -> Value {
    json!([format!(
        "Bearer error=\"insufficient_scope\", error_description=\"{description}\", \
         resource_metadata=\"{}\", scope=\"{scopes}\"",
        world.url("/.well-known/oauth-protected-resource/mcp")
    )])
}

#[tokio::test]
async fn in_a_result_who_is_not_signed_in_is_asked_to() {
    let (world, library) =
        library_with(|builder| open(builder).refusal(RefusalForm::ToolResult)).await;
    for wire in both(&world, "").await {
        for tool in [
            "borrow",
            "shelves",
            "order",
            "archive",
            "closed",
            "no-such-tool",
        ] {
            let reply = wire.call_tool(tool, json!({})).await;
            let sign_in = expected(
                &world,
                "sign in to use this",
                "openid profile email offline_access",
            );
            assert_eq!(carried(&reply), sign_in, "{tool}");
            assert_eq!(reply.text(), "nobody is signed in; sign in and call again");
        }
        assert_eq!(library.entered(), 0);
        // Only a tool has a result for it.
        let prompt = wire
            .request("prompts/get", json!({ "name": "advice" }))
            .await;
        challenged(&prompt, &world);
        let resource = wire
            .request("resources/read", json!({ "uri": "ledger://2026" }))
            .await;
        challenged(&resource, &world);
    }
}

#[tokio::test]
async fn in_a_result_a_missing_scope_is_asked_for() {
    let (world, library) =
        library_with(|builder| open(builder).refusal(RefusalForm::ToolResult)).await;
    let ada = world
        .emulator
        .token(&world.emulator.ada())
        .scope("openid books:see");
    for wire in both(&world, &ada.build()).await {
        let reply = wire.call_tool("order", json!({})).await;
        let more = expected(
            &world,
            "this needs scopes that the access token was not granted",
            "openid profile email offline_access books:order books:see",
        );
        assert_eq!(carried(&reply), more);
        assert!(reply.text().contains("`books:order`"), "{reply:?}");
    }
    assert_eq!(library.entered(), 0);
}

#[tokio::test]
async fn in_a_result_a_guard_further_in_asks_too() {
    let (world, library) =
        library_with(|builder| open(builder).refusal(RefusalForm::ToolResult)).await;
    for wire in both(&world, "").await {
        let reply = wire.call_tool("reserve", json!({})).await;
        let sign_in = expected(
            &world,
            "sign in to use this",
            "openid profile email offline_access",
        );
        assert_eq!(carried(&reply), sign_in);
    }
    assert_eq!(library.entered(), 2);
}

#[tokio::test]
async fn other_errors_carry_no_challenge() {
    let (world, _) = library_with(|builder| open(builder).refusal(RefusalForm::ToolResult)).await;
    for wire in both(&world, &world.token(&world.emulator.grace())).await {
        let hidden = wire.call_tool("archive", json!({})).await;
        assert_eq!(hidden.body["error"]["message"], "tool not found");
        let good = wire.call_tool("search", json!({})).await;
        assert!(
            good.body["result"]["_meta"]["mcp/www_authenticate"].is_null(),
            "{good:?}"
        );
    }
}

#[tokio::test]
async fn by_http_a_guard_further_in_asks_where_the_answer_has_not_begun() {
    let (world, library) = library().await;
    for wire in both(&world, "").await {
        let reply = wire.call_tool("reserve", json!({})).await;
        match wire.era {
            Era::Modern => challenged(&reply, &world),
            // The head was on its way before the tool ran.
            Era::Legacy => {
                assert!(reply.is_error_result(), "{reply:?}");
                assert_eq!(reply.text(), "nobody is signed in; sign in and call again");
            }
        }
    }
    assert_eq!(library.entered(), 2);
    let ada = world.modern(&world.emulator.ada());
    assert_eq!(ada.call_tool("reserve", json!({})).await.text(), "reserved");
}
