//! A task is of who started it: to others it is not there, whoever learns its id.

use serde_json::{Value, json};
use workos_mcp_tests::{Recorder, Reply, Wire, World};

/// The id of a task that this client started.
async fn started(wire: &Wire) -> String {
    let created = wire.call_tool("as_task", json!({})).await;
    let result = &created.body["result"];
    let id = result["taskId"].as_str();
    let id = id.or(result["task"]["taskId"].as_str());
    id.unwrap_or_else(|| panic!("{created:?}")).to_owned()
}

fn told(reply: &Reply, id: &str) -> (u16, Value) {
    let text = reply.body["error"].to_string().replace(id, "ID");
    (reply.status.as_u16(), serde_json::from_str(&text).unwrap())
}

// Attacks: 6.
#[tokio::test]
async fn a_task_id_of_another_is_as_good_as_an_unknown_one() {
    let recorder = Recorder::default();
    let shared = recorder.clone();
    let world = World::builder().start(move || Ok(shared.clone())).await;
    let (ada, grace) = (world.emulator.ada(), world.emulator.grace());
    let owner = world.modern(&ada);
    let id = started(&owner).await;
    let unknown: String = id
        .chars()
        .map(|letter| if letter == 'a' { 'b' } else { 'a' })
        .collect();
    let elsewhere = world.emulator.token(&ada);
    let elsewhere = elsewhere.organization(world.emulator.globex()).build();
    for stranger in [
        world.modern(&grace),
        Wire::modern(world.mcp_url(), &elsewhere),
    ] {
        for (method, handled) in [
            ("tasks/get", "get_task"),
            ("tasks/cancel", "cancel_task"),
            ("tasks/update", "update_task"),
        ] {
            let params = |id: &str| json!({ "taskId": id, "inputResponses": {} });
            let before = recorder.ran_for(handled).len();
            let refused = stranger.request(method, params(&id)).await;
            assert!(refused.body["error"].is_object(), "{method}: {refused:?}");
            let missing = stranger.request(method, params(&unknown)).await;
            assert_eq!(told(&refused, &id), told(&missing, &unknown), "{method}");
            assert_eq!(recorder.ran_for(handled).len(), before, "{method} ran");
        }
    }
    let mut task = owner.request("tasks/get", json!({ "taskId": id })).await;
    while task.body["result"]["status"] == "working" {
        task = owner.request("tasks/get", json!({ "taskId": id })).await;
    }
    assert_eq!(task.body["result"]["status"], "completed", "{task:?}");
}
