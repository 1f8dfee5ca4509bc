//! Each refusal is counted once, by the rule that refused, and by nothing that a stranger says.

use std::collections::BTreeMap;

use metrics_util::debugging::DebuggingRecorder;
use serde_json::json;
use workos_mcp::{Anonymous, Limits, RefusalForm, Rule, metrics as counters};
use workos_mcp_tests::{CALL, Era, Wire, World};

use super::{Counters, desk, unchanged};

/// What `refuse` adds to the refusals.
async fn added(counted: &Counters<'_>, refuse: impl Future<Output = ()>) -> Vec<(String, u64)> {
    let before = counted.refusals();
    refuse.await;
    let after = counted.refusals().into_iter();
    after
        .map(|(rule, count)| {
            let earlier = before.get(&rule).copied().unwrap_or_default();
            (rule, count - earlier)
        })
        .filter(|(_, count)| *count > 0)
        .collect()
}

fn once(rule: &str) -> Vec<(String, u64)> {
    vec![(rule.to_owned(), 1)]
}

/// A client of each era, signed in as Grace, who is no admin, in Acme.
async fn grace(world: &World) -> [Wire; 2] {
    let token = world.emulator.token(&world.emulator.grace());
    let token = token.organization(world.emulator.acme()).build();
    [
        Wire::modern(world.mcp_url(), &token),
        Wire::legacy(world.mcp_url(), &token).await,
    ]
}

#[tokio::test]
async fn rules_of_tools_are_counted_by_their_kind() {
    let recorder = DebuggingRecorder::new();
    let counted = Counters::of(&recorder);
    let world = desk(unchanged).await;
    for wire in grace(&world).await {
        for (tool, rule) in [
            ("scoped", "scope"),
            ("role", "role"),
            ("permission", "permission"),
            ("organization", "organization"),
            ("flag", "feature_flag"),
            ("either", "any"),
            ("several", "permission"),
            ("decides", "role"),
        ] {
            let refused = async {
                let reply = wire.call_tool(tool, json!({})).await;
                assert!(!reply.body.to_string().contains(r#""isError":false"#));
            };
            let added = added(&counted, refused).await;
            assert_eq!(added, once(rule), "{tool} in {:?}", wire.era);
        }
        let admitted = async {
            for tool in ["open", "mine"] {
                let reply = wire.call_tool(tool, json!({})).await;
                assert!(!reply.is_error_result(), "{reply:?}");
            }
            let listed = wire.request("tools/list", json!({})).await;
            assert_eq!(listed.status, 200);
            // A tool that is not there is refused by no rule.
            wire.call_tool("no-such-tool", json!({})).await;
        };
        assert!(added(&counted, admitted).await.is_empty());
    }
}

#[tokio::test]
async fn a_machine_where_only_a_user_can_is_counted() {
    let recorder = DebuggingRecorder::new();
    let counted = Counters::of(&recorder);
    let id = "client_01K1M2M0000000000000000M2M";
    let world = desk(move |builder| builder.machines([id])).await;
    let token = world.emulator.machine_token(id, world.emulator.acme());
    let wire = Wire::modern(world.mcp_url(), &token.build());
    let refused = async {
        assert!(wire.call_tool("mine", json!({})).await.is_error_result());
    };
    assert_eq!(added(&counted, refused).await, once("user"));
    let labels = "kind=token,outcome=accepted";
    assert_eq!(counted.count(counters::VERIFICATIONS, labels), 1);
}

/// Whether it is told by a challenge or in the result.
#[tokio::test]
async fn a_caller_who_would_have_to_sign_in_is_counted_once() {
    for form in [RefusalForm::Challenge, RefusalForm::ToolResult] {
        let recorder = DebuggingRecorder::new();
        let counted = Counters::of(&recorder);
        let world = desk(move |builder| {
            let public = ["open", "on_the_way"].map(|tool| (tool, Rule::public()));
            let builder = builder.anonymous(Anonymous::Allow).refusal(form);
            builder.tool_rules(public)
        })
        .await;
        for wire in [
            Wire::modern(world.mcp_url(), ""),
            Wire::legacy(world.mcp_url(), "").await,
        ] {
            for tool in ["mine", "scoped", "on_the_way"] {
                let refused = async {
                    let reply = wire.call_tool(tool, json!({})).await;
                    // What refuses on the way comes too late for a challenge where the answer has begun.
                    let in_time = wire.era == Era::Modern || tool != "on_the_way";
                    let by_http = form == RefusalForm::Challenge && in_time;
                    let expected = if by_http { 401 } else { 200 };
                    assert_eq!(reply.status, expected, "{reply:?}");
                };
                let added = added(&counted, refused).await;
                assert_eq!(added, once("sign_in"), "{tool} in {:?}", wire.era);
            }
            let admitted = async {
                assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
            };
            assert!(added(&counted, admitted).await.is_empty());
        }
    }
}

#[tokio::test]
async fn refusals_of_the_guard_are_counted_by_what_was_wrong() {
    let recorder = DebuggingRecorder::new();
    let counted = Counters::of(&recorder);
    let world = desk(|builder| {
        let mut limits = Limits::default();
        limits.body_bytes = 1024;
        builder.limits(limits)
    })
    .await;
    let token = world.token(&world.emulator.ada());
    let call = || world.call().bearer_auth(&token);
    let session = Wire::legacy(world.mcp_url(), &token).await.session;
    let grace = world.token(&world.emulator.grace());
    for (name, request, status, rule) in [
        ("no token", world.call(), 401, "sign_in"),
        (
            "another scheme",
            world.call().header("authorization", "Basic YTpi"),
            401,
            "sign_in",
        ),
        (
            "malformed",
            world.call().header("authorization", "Bearer a b"),
            400,
            "sign_in",
        ),
        ("a bad token", world.call().bearer_auth("x"), 401, "sign_in"),
        (
            "another host",
            call().header("host", "evil.example"),
            403,
            "host",
        ),
        (
            "another origin",
            call().header("origin", "https://evil.example"),
            403,
            "origin",
        ),
        ("too large", call().body("x".repeat(2048)), 413, "body"),
        (
            "another's session",
            world
                .call()
                .bearer_auth(grace)
                .header("mcp-session-id", session.unwrap()),
            404,
            "session",
        ),
        (
            "a stream resumed",
            call().header("last-event-id", "0"),
            400,
            "session",
        ),
    ] {
        let refused = async {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), status, "{name}");
        };
        assert_eq!(added(&counted, refused).await, once(rule), "{name}");
    }
}

#[tokio::test]
async fn the_rule_of_the_server_is_one_of_its_own() {
    let recorder = DebuggingRecorder::new();
    let counted = Counters::of(&recorder);
    let world = desk(|builder| {
        builder
            .require(Rule::role("admin"))
            .require(Rule::scope("mcp:use"))
    })
    .await;
    let refused = |token: String| async {
        let answer = world.call().bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 403);
    };
    let grace = world.token(&world.emulator.grace());
    assert_eq!(added(&counted, refused(grace)).await, once("require"));
    let ada = world.token(&world.emulator.ada());
    assert_eq!(added(&counted, refused(ada)).await, once("scope"));
}

/// Whatever strangers say, the number of counters stays what it is.
#[tokio::test]
async fn no_label_holds_what_somebody_says() {
    let recorder = DebuggingRecorder::new();
    let counted = Counters::of(&recorder);
    let world = desk(unchanged).await;
    let ada = world.emulator.ada();
    let said = "a-name-that-a-stranger-says";
    let wire = world.modern(&ada);
    wire.call_tool(said, json!({ said: said })).await;
    wire.request("prompts/get", json!({ "name": said })).await;
    for token in [
        world.emulator.token(&ada).kid(said),
        world
            .emulator
            .token(&ada)
            .issuer(format!("https://{said}.example")),
        world
            .emulator
            .token(&ada)
            .scope(said)
            .claim("role", json!(said)),
    ] {
        let call = world.call().header("x-request-id", said);
        let _ = call.bearer_auth(token.build()).send().await.unwrap();
        let call = world.call().body(CALL.replace("whoami", said));
        let _ = call.header("host", format!("{said}.example")).send().await;
    }
    let all: BTreeMap<_, _> = counted.all();
    assert!(all.len() > 3, "{all:?}");
    for name in all.keys() {
        assert!(!name.contains(said), "{name}");
        for private in [ada.id(), world.emulator.acme(), world.mcp_url()] {
            assert!(!name.contains(private), "{name}");
        }
    }
}
