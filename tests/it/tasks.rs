//! A task belongs to who started it, whoever learns its id.

use std::sync::Arc;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams, ContentBlock,
        CreateTaskResult, GetTaskParams, GetTaskResult, ServerCapabilities, ServerConfig,
        UpdateTaskParams,
    },
    service::RequestContext,
    task_manager::{TaskManager, TaskOptions},
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use workos_mcp_tests::{Reply, Wire, World};

/// Its one tool runs as a task that waits at a gate.
#[derive(Clone, Default)]
struct Slow {
    tasks: Arc<TaskManager>,
    gate: Arc<Notify>,
}

type Context = RequestContext<RoleServer>;

impl ServerHandler for Slow {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tasks()
            .build();
        ServerConfig::new(capabilities)
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        _: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let gate = self.gate.clone();
        let task = self.tasks.spawn(TaskOptions::new(), |_| {
            Box::pin(async move {
                gate.notified().await;
                Ok(CallToolResult::success(vec![ContentBlock::text("secret")]))
            })
        });
        Ok(CreateTaskResult::new(task).into())
    }

    async fn get_task(
        &self,
        params: GetTaskParams,
        _: Context,
    ) -> Result<GetTaskResult, ErrorData> {
        Ok(GetTaskResult::new(self.tasks.get_task(&params.task_id)?))
    }

    async fn update_task(&self, params: UpdateTaskParams, _: Context) -> Result<(), ErrorData> {
        self.tasks
            .update_task(&params.task_id, params.input_responses)
    }

    async fn cancel_task(&self, params: CancelTaskParams, _: Context) -> Result<(), ErrorData> {
        self.tasks.cancel_task(&params.task_id)
    }
}

async fn ask(wire: &Wire, method: &str, task_id: &str) -> Reply {
    let params = match method {
        "tasks/update" => json!({ "taskId": task_id, "inputResponses": {} }),
        _ => json!({ "taskId": task_id }),
    };
    wire.request(method, params).await
}

/// All that tells one answer from another, but for the id that was asked for.
fn told(reply: &Reply, task_id: &str) -> String {
    let mut body = reply.body.clone();
    body["id"] = Value::Null;
    format!(
        "{} {}",
        reply.status,
        body.to_string().replace(task_id, "ID")
    )
}

#[tokio::test]
async fn nobody_else_sees_feeds_or_cancels_a_task() {
    let slow = Slow::default();
    let served = slow.clone();
    let world = World::builder().start(move || Ok(served.clone())).await;
    let ada = world.modern(&world.emulator.ada());
    let started = ada.call_tool("slow", json!({})).await;
    let id = started.body["result"]["taskId"]
        .as_str()
        .unwrap()
        .to_owned();
    let (bare, _) = id.rsplit_once('.').unwrap();

    let elsewhere = world.emulator.token(&world.emulator.ada());
    let elsewhere = elsewhere.organization(world.emulator.globex()).build();
    for (stranger, stranger_s_id) in [
        (world.modern(&world.emulator.grace()), &*id),
        (Wire::modern(world.mcp_url(), &elsewhere), &*id),
        // Nor is the handler's own id good for anybody, the owner included.
        (world.modern(&world.emulator.ada()), bare),
    ] {
        for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
            let refused = ask(&stranger, method, stranger_s_id).await;
            let unknown = ask(&stranger, method, "no-such-task").await;
            assert_eq!(
                told(&refused, stranger_s_id),
                told(&unknown, "no-such-task")
            );
            assert!(refused.body["error"].is_object(), "{refused:?}");
        }
    }

    let working = ask(&ada, "tasks/get", &id).await;
    assert_eq!(working.body["result"]["status"], "working", "{working:?}");
    assert_eq!(working.body["result"]["taskId"], *id);
    slow.gate.notify_one();
    let mut completed = ask(&ada, "tasks/get", &id).await;
    while completed.body["result"]["status"] == "working" {
        completed = ask(&ada, "tasks/get", &id).await;
    }
    assert_eq!(
        completed.body["result"]["result"]["content"][0]["text"],
        "secret"
    );
}

#[tokio::test]
async fn the_owner_cancels_also_with_a_refreshed_token() {
    let slow = Slow::default();
    let world = World::builder().start(move || Ok(slow.clone())).await;
    let mut ada = world.modern(&world.emulator.ada());
    let started = ada.call_tool("slow", json!({})).await;
    let id = started.body["result"]["taskId"]
        .as_str()
        .unwrap()
        .to_owned();
    let refreshed = world.emulator.token(&world.emulator.ada());
    ada.token = refreshed.expires_in(900).build();
    let updated = ask(&ada, "tasks/update", &id).await;
    assert!(updated.body["error"].is_null(), "{updated:?}");
    let cancelled = ask(&ada, "tasks/cancel", &id).await;
    assert!(cancelled.body["error"].is_null(), "{cancelled:?}");
}
