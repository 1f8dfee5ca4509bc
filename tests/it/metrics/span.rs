//! What a handler logs stands in a span that says what runs, and for which kind of caller in which organization.

use serde_json::json;
use workos_mcp::{Anonymous, Rule};
use workos_mcp_tests::{Logs, Wire};

use super::{desk, unchanged};

/// The span of the lines that say `message`, as it is logged.
fn spans(logs: &Logs, message: &str) -> Vec<String> {
    let text = logs.text();
    let lines = text.lines().filter(|line| line.contains(message));
    lines
        .map(|line| {
            let (_, span) = line
                .split_once("mcp.call{")
                .expect("the handler runs in a span");
            span.split_once('}').unwrap().0.to_owned()
        })
        .collect()
}

#[tokio::test]
async fn a_tool_runs_in_a_span_of_its_call() {
    let id = "client_01K1M2M0000000000000000M2M";
    let world = desk(move |builder| builder.machines([id])).await;
    let acme = world.emulator.acme();
    let user = world.token(&world.emulator.ada());
    let machine = world.emulator.machine_token(id, acme).build();
    let nowhere = world.emulator.token(&world.emulator.ada());
    let nowhere = nowhere.without("org_id").build();
    let of_acme = |kind: &str| {
        format!(
            "mcp.tool=\"open\" workos.principal.kind=\"{kind}\" workos.organization_id=\"{acme}\""
        )
    };
    for (token, expected) in [
        (user, of_acme("user")),
        (machine, of_acme("machine")),
        (
            nowhere,
            "mcp.tool=\"open\" workos.principal.kind=\"user\"".to_owned(),
        ),
    ] {
        for wire in [
            Wire::modern(world.mcp_url(), &token),
            Wire::legacy(world.mcp_url(), &token).await,
        ] {
            let logs = Logs::capture();
            assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
            assert_eq!(spans(&logs, "the handler runs").join("; "), expected);
        }
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_of_no_kind_and_no_organization() {
    let world = desk(|builder| {
        let builder = builder.anonymous(Anonymous::Allow);
        builder.tool_rules([("open", Rule::public())])
    })
    .await;
    let logs = Logs::capture();
    let wire = Wire::modern(world.mcp_url(), "");
    assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
    assert_eq!(spans(&logs, "the handler runs"), ["mcp.tool=\"open\""]);
}

#[tokio::test]
async fn a_prompt_is_named_and_what_is_not_there_is_not() {
    let world = desk(unchanged).await;
    let wire = world.modern(&world.emulator.ada());
    let logs = Logs::capture();
    let prompt = wire
        .request("prompts/get", json!({ "name": "hello" }))
        .await;
    assert!(prompt.body["result"].is_object(), "{prompt:?}");
    let span = spans(&logs, "the prompt runs");
    assert!(span[0].starts_with("mcp.prompt=\"hello\" "), "{span:?}");

    for (wire, name) in [
        (world.modern(&world.emulator.ada()), "no-such-tool"),
        // There is one, but not for Grace.
        (world.modern(&world.emulator.grace()), "permission"),
    ] {
        let logs = Logs::capture();
        let unknown = wire.call_tool(name, json!({})).await;
        assert!(unknown.body["error"].is_object(), "{unknown:?}");
        let text = logs.text();
        assert!(!text.contains(&format!("mcp.tool=\"{name}\"")), "{text}");
    }
}

/// The span ends with the call: what comes next on the same thread is not in it.
#[tokio::test]
async fn nothing_else_is_in_the_span() {
    let world = desk(unchanged).await;
    let wire = world.modern(&world.emulator.ada());
    let logs = Logs::capture();
    assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
    tracing::info!("the test goes on");
    assert_eq!(wire.request("tools/list", json!({})).await.status, 200);
    let text = logs.text();
    let after = text.split_once("the test goes on").unwrap().1;
    let line = text.lines().find(|line| line.contains("the test goes on"));
    assert!(!line.unwrap().contains("mcp.call"), "{line:?}");
    assert!(!after.contains("mcp.call"), "{after}");
}
