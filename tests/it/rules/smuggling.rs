//! Nothing that is sent passes a rule by.

use serde_json::{Value, json};
use workos_mcp_tests::World;

use super::workshop::workshop;

const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"wire","version":"0"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

async fn sent(world: &World, name: &str, body: String) -> (u16, String) {
    let response = world
        .http
        .post(world.mcp_url())
        .bearer_auth(world.token(&world.emulator.grace()))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", name)
        .body(body)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

// Attacks: 20, 21.
#[tokio::test]
async fn no_spelling_of_a_call_reaches_a_tool_that_is_not_the_caller_s() {
    let (world, workshop) = workshop().await;
    let arguments = r#""arguments":{"id":7}"#;
    let bodies = [
        // Twice the same member.
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"open","name":"delete-widget",{arguments},{META}}}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"delete-widget","name":"open",{arguments},{META}}}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{{"name":"delete-widget",{arguments},{META}}}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"open",{META}}},"params":{{"name":"delete-widget",{arguments},{META}}}}}"#
        ),
        // Escapes.
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{{"n\u0061me":"delete\u002dwidget",{arguments},{META}}}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"m\u0065thod":"tools/c\u0061ll","params":{{"name":"delete-widget",{arguments},{META}}}}}"#
        ),
        // A batch, an array for parameters, a byte order mark, another letter case, white space.
        format!(
            r#"[{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"delete-widget",{arguments},{META}}}}}]"#
        ),
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["delete-widget",{"id":7}]}"#
            .to_owned(),
        format!(
            "\u{feff}{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{{\"name\":\"delete-widget\",{arguments},{META}}}}}"
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{{"name":"delete-widget",{arguments},{META}}}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call ","params":{{"name":"delete-widget",{arguments},{META}}}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":" delete-widget",{arguments},{META}}}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"DELETE-WIDGET",{arguments},{META}}}}}"#
        ),
        // Parameters that make a standard method look like a custom one.
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":["delete-widget"],{arguments},{META}}}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"tool":"delete-widget",{arguments},{META}}}}}"#
        ),
    ];
    for body in bodies {
        for name in ["delete-widget", "open"] {
            let (status, answer) = sent(&world, name, body.clone()).await;
            assert!(status < 500, "{status} {body}");
            assert!(!answer.contains("deleted by"), "{body}: {answer}");
        }
    }
    assert_eq!(
        workshop.entered(),
        0,
        "neither the one nor the other name ran"
    );
}

#[tokio::test]
async fn a_message_without_an_id_calls_nothing() {
    let (world, workshop) = workshop().await;
    for wire in super::workshop::both(&world, world.emulator.token(&world.emulator.ada())).await {
        let call = json!({ "name": "delete-widget", "arguments": { "id": 7 } });
        let _ = wire.notify("tools/call", call).await;
        assert_eq!(wire.call_tool("looks", json!({})).await.status, 200);
    }
    assert_eq!(workshop.entered(), 0);
}

#[tokio::test]
async fn a_hidden_tool_is_hidden_whatever_arguments_come_with_it() {
    let (world, workshop) = workshop().await;
    let grace = world.emulator.token(&world.emulator.grace());
    for wire in super::workshop::both(&world, grace).await {
        for arguments in [
            json!({}),
            json!({ "id": 7 }),
            json!({ "id": "x" }),
            Value::Null,
        ] {
            let reply = wire.call_tool("delete-widget", arguments).await;
            assert_eq!(
                reply.body["error"]["message"], "tool not found",
                "{reply:?}"
            );
        }
    }
    assert_eq!(workshop.entered(), 0);
}
