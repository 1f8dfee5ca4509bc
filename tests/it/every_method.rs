//! Every method of a handler runs for the caller of its own request, whatever rmcp does in between.

use serde_json::{Value, json};
use workos_mcp_tests::{Era, Recorder, Wire, World};

/// A request, the handler method behind it, and the eras that have it.
const REQUESTS: [(&str, &str, &[Era]); 21] = [
    ("ping", "ping", &[Era::Legacy]),
    ("server/discover", "discover", &[Era::Modern]),
    (
        "completion/complete",
        "complete",
        &[Era::Legacy, Era::Modern],
    ),
    ("logging/setLevel", "set_level", &[Era::Legacy]),
    ("prompts/get", "get_prompt", &[Era::Legacy, Era::Modern]),
    ("prompts/list", "list_prompts", &[Era::Legacy, Era::Modern]),
    (
        "resources/list",
        "list_resources",
        &[Era::Legacy, Era::Modern],
    ),
    (
        "resources/templates/list",
        "list_resource_templates",
        &[Era::Legacy, Era::Modern],
    ),
    (
        "resources/read",
        "read_resource",
        &[Era::Legacy, Era::Modern],
    ),
    ("resources/subscribe", "subscribe", &[Era::Legacy]),
    ("resources/unsubscribe", "unsubscribe", &[Era::Legacy]),
    ("tools/call", "call_tool", &[Era::Legacy, Era::Modern]),
    ("tools/list", "list_tools", &[Era::Legacy, Era::Modern]),
    ("tasks/get", "get_task", &[Era::Modern]),
    ("tasks/update", "update_task", &[Era::Modern]),
    ("tasks/cancel", "cancel_task", &[Era::Modern]),
    ("skills/list", "list_skills", &[Era::Legacy, Era::Modern]),
    ("skills/get", "get_skill", &[Era::Legacy, Era::Modern]),
    (
        "resources/directory/read",
        "read_resource_directory",
        &[Era::Legacy, Era::Modern],
    ),
    (
        "example/custom",
        "on_custom_request",
        &[Era::Legacy, Era::Modern],
    ),
    ("initialize", "initialize", &[]),
];

fn params(method: &str) -> Value {
    match method {
        "completion/complete" => json!({
            "ref": { "type": "ref/prompt", "name": "p" },
            "argument": { "name": "a", "value": "v" },
        }),
        "logging/setLevel" => json!({ "level": "info" }),
        "prompts/get" | "tools/call" => json!({ "name": "x" }),
        "resources/read"
        | "resources/subscribe"
        | "resources/unsubscribe"
        | "resources/directory/read" => {
            json!({ "uri": "file:///x" })
        }
        "skills/get" => json!({ "uri": "skill://x/SKILL.md" }),
        _ => json!({}),
    }
}

async fn world(recorder: &Recorder) -> World {
    let recorder = recorder.clone();
    World::builder().start(move || Ok(recorder.clone())).await
}

async fn client(world: &World, era: Era) -> Wire {
    match era {
        Era::Legacy => world.legacy(&world.emulator.ada()).await,
        Era::Modern => world.modern(&world.emulator.ada()),
    }
}

async fn every_request_runs_for_its_caller(era: Era) {
    let recorder = Recorder::default();
    let world = world(&recorder).await;
    let ada = world.emulator.ada();
    let wire = client(&world, era).await;
    // A task's id is good only as it was given out.
    let task = match era {
        Era::Modern => {
            let started = wire.call_tool("as_task", json!({})).await;
            started.body["result"]["taskId"].clone()
        }
        Era::Legacy => Value::Null,
    };
    for (request, method, eras) in REQUESTS {
        if !eras.contains(&era) {
            continue;
        }
        let mut params = params(request);
        if request.starts_with("tasks/") {
            params = json!({ "taskId": task, "inputResponses": {} });
        }
        let reply = wire.request(request, params).await;
        let ran_for = recorder.ran_for(method);
        // `list_prompts` also runs to look a prompt's requirement up.
        assert!(!ran_for.is_empty(), "{request}: {reply:?}");
        assert!(
            ran_for.iter().all(|user| user == ada.id()),
            "{request}: {ran_for:?}"
        );
    }
}

#[tokio::test]
async fn every_request_of_2026_07_28_runs_for_its_caller() {
    every_request_runs_for_its_caller(Era::Modern).await;
}

#[tokio::test]
async fn every_request_of_a_session_runs_for_its_caller() {
    every_request_runs_for_its_caller(Era::Legacy).await;
}

#[tokio::test]
async fn initialize_and_every_notification_run_for_their_caller() {
    let recorder = Recorder::default();
    let world = world(&recorder).await;
    let ada = world.emulator.ada();
    let wire = world.legacy(&ada).await;
    recorder.has_run("on_initialized").await;
    for (notification, method, params) in [
        (
            "notifications/cancelled",
            "on_cancelled",
            json!({ "requestId": 99 }),
        ),
        (
            "notifications/progress",
            "on_progress",
            json!({ "progressToken": 1, "progress": 1.0 }),
        ),
        (
            "notifications/roots/list_changed",
            "on_roots_list_changed",
            json!({}),
        ),
        ("example/custom", "on_custom_notification", json!({})),
    ] {
        assert_eq!(wire.notify(notification, params).await, 202);
        recorder.has_run(method).await;
        assert_eq!(recorder.ran_for(method), [ada.id()]);
    }
    for method in ["initialize", "on_initialized"] {
        assert_eq!(recorder.ran_for(method), [ada.id()], "{method}");
    }
}

#[tokio::test]
async fn a_subscription_runs_for_its_caller() {
    let recorder = Recorder::default();
    let world = world(&recorder).await;
    let ada = world.emulator.ada();
    let listening = json!({ "notifications": { "toolsListChanged": true } });
    let stream = world
        .modern(&ada)
        .send("subscriptions/listen", listening, Some(1))
        .await;
    assert_eq!(stream.status(), 200);
    recorder.has_run("listen").await;
    assert_eq!(recorder.ran_for("listen"), [ada.id()]);
}

#[tokio::test]
async fn a_task_runs_for_who_started_it() {
    let recorder = Recorder::default();
    let world = world(&recorder).await;
    let ada = world.emulator.ada();
    let wire = world.modern(&ada);
    let created = wire.call_tool("as_task", json!({})).await;
    let id = created.body["result"]["taskId"]
        .as_str()
        .or(created.body["result"]["task"]["taskId"].as_str())
        .unwrap_or_else(|| panic!("{created:?}"))
        .to_owned();
    let mut task = wire.request("tasks/get", json!({ "taskId": id })).await;
    while task.body["result"]["status"] == "working" {
        task = wire.request("tasks/get", json!({ "taskId": id })).await;
    }
    assert_eq!(
        task.body["result"]["result"]["content"][0]["text"],
        ada.id(),
        "{task:?}"
    );
}

#[tokio::test]
async fn methods_without_a_request_see_nobody() {
    let recorder = Recorder::default();
    let world = world(&recorder).await;
    let ada = world.emulator.ada();
    world.legacy(&ada).await.call_tool("x", json!({})).await;
    world.modern(&ada).call_tool("x", json!({})).await;
    let listening = json!({ "notifications": { "toolsListChanged": true } });
    world
        .modern(&ada)
        .send("subscriptions/listen", listening, Some(1))
        .await;
    for method in [
        "get_info",
        "get_tool",
        "supported_protocol_versions",
        "accepted_subscription_filter",
    ] {
        let ran_for = recorder.ran_for(method);
        assert!(!ran_for.is_empty(), "{method} did not run");
        // rmcp also calls some of them from within the handler's own methods, for which there is a caller.
        assert!(
            ran_for.contains(&"SessionNotInitialized".to_owned()),
            "{method}: {ran_for:?}"
        );
    }
}

#[tokio::test]
async fn the_factory_sees_nobody() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let recorded = seen.clone();
    let world = World::builder()
        .start(move || {
            recorded.lock().unwrap().push(workos_mcp_tests::who());
            Ok(Recorder::default())
        })
        .await;
    let ada = world.emulator.ada();
    world.modern(&ada).call_tool("x", json!({})).await;
    world.legacy(&ada).await.call_tool("x", json!({})).await;
    let seen = seen.lock().unwrap();
    assert!(
        !seen.is_empty() && seen.iter().all(|who| who == "SessionNotInitialized"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_standard_request_that_rmcp_cannot_parse_does_not_pass_as_a_custom_one() {
    let recorder = Recorder::default();
    let world = world(&recorder).await;
    for era in [Era::Legacy, Era::Modern] {
        let wire = client(&world, era).await;
        let reply = wire
            .request(
                "tools/call",
                json!({ "name": "x", "arguments": "no object" }),
            )
            .await;
        assert!(reply.body["result"].is_null(), "{era:?}: {reply:?}");
    }
    assert!(recorder.ran_for("on_custom_request").is_empty());
    assert!(recorder.ran_for("call_tool").is_empty());
}

#[tokio::test]
async fn a_method_that_2026_07_28_removed_is_not_found_there_whatever_its_parameters_are() {
    let recorder = Recorder::default();
    let world = world(&recorder).await;
    let ada = world.emulator.ada();
    for method in [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
    ] {
        let reply = world.modern(&ada).request(method, json!({})).await;
        assert_eq!(reply.status, 404, "{method}: {reply:?}");
        assert_eq!(reply.body["error"]["code"], -32601, "{method}: {reply:?}");
    }
    // In a session they exist, and the parameters are what is wrong.
    let session = world.legacy(&ada).await;
    for method in ["logging/setLevel", "resources/subscribe"] {
        let reply = session.request(method, json!({})).await;
        assert_eq!(reply.body["error"]["code"], -32602, "{method}: {reply:?}");
    }
    assert!(recorder.ran_for("on_custom_request").is_empty());
}

#[tokio::test]
async fn a_method_that_rmcp_does_not_know_is_for_the_handler() {
    let recorder = Recorder::default();
    let world = world(&recorder).await;
    let ada = world.emulator.ada();
    for era in [Era::Legacy, Era::Modern] {
        let wire = client(&world, era).await;
        for method in ["tasks/result", "tasks/list"] {
            wire.request(method, json!({ "taskId": "t" })).await;
        }
    }
    assert_eq!(recorder.ran_for("on_custom_request"), [ada.id(); 4]);
}
