//! A task belongs to who started it, so nobody who is not signed in can have one.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams, ContentBlock,
        CreateTaskResult, ServerCapabilities, ServerConfig,
    },
    service::RequestContext,
    task_manager::{TaskManager, TaskOptions},
};
use serde_json::json;
use workos_mcp::{Anonymous, Rule};
use workos_mcp_tests::{Wire, World};

#[derive(Clone, Default)]
struct Slow {
    tasks: Arc<TaskManager>,
    cancelled: Arc<AtomicUsize>,
}

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
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let task = self.tasks.spawn(TaskOptions::new(), |_| {
            Box::pin(async { Ok(CallToolResult::success(vec![ContentBlock::text("done")])) })
        });
        Ok(CreateTaskResult::new(task).into())
    }

    async fn cancel_task(
        &self,
        params: CancelTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        // It is the handler's own id.
        assert!(self.tasks.get_task(&params.task_id).is_ok());
        self.cancelled.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test]
async fn a_task_of_who_is_not_signed_in_is_cancelled() {
    let slow = Slow::default();
    let served = slow.clone();
    let world = World::builder()
        .configure(|builder| {
            builder
                .anonymous(Anonymous::Allow)
                .tool_rules([("slow", Rule::public())])
        })
        .start(move || Ok(served.clone()))
        .await;
    let reply = Wire::modern(world.mcp_url(), "")
        .call_tool("slow", json!({}))
        .await;
    assert!(reply.is_error_result(), "{reply:?}");
    assert_eq!(reply.text(), "nobody is signed in; sign in and call again");
    assert_eq!(slow.cancelled.load(Ordering::Relaxed), 1);

    let ada = world.modern(&world.emulator.ada());
    let started = ada.call_tool("slow", json!({})).await;
    assert_eq!(started.body["result"]["resultType"], "task", "{started:?}");
    assert_eq!(slow.cancelled.load(Ordering::Relaxed), 1);
}
