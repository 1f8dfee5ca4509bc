//! Rules of the builder around handlers that are written by hand, whatever these do with names.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams,
        CompleteResult, ContentBlock, GetPromptRequestParams, GetPromptResponse, GetPromptResult,
        ListPromptsResult, ListToolsResult, PaginatedRequestParams, PromptMessage,
        ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, ResourceContents,
        Role, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};
use serde_json::{Map, json};
use workos_mcp::{ProviderBuilder, Rule};
use workos_mcp_tests::{Logs, Wire, World};

use super::workshop::both;

type Context = RequestContext<RoleServer>;

/// Does the same whatever it is asked for, or looks at names without their letter case.
#[derive(Clone, Default)]
struct Careless {
    ran: Arc<AtomicUsize>,
    prompts: Prompts,
}

#[derive(Clone, Copy, Default)]
enum Prompts {
    #[default]
    None,
    Fail,
    Panic,
    Endless,
}

impl Careless {
    fn run(&self) -> String {
        self.ran.fetch_add(1, Ordering::Relaxed);
        "done".to_owned()
    }
}

impl ServerHandler for Careless {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .enable_completions()
            .build();
        ServerConfig::new(capabilities)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let known = name.eq_ignore_ascii_case("wipe");
        known.then(|| Tool::new("wipe", "Wipes.", Map::default()))
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        _: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResult::success(vec![ContentBlock::text(self.run())]).into())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.get_tool("wipe").into_iter().collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListPromptsResult, ErrorData> {
        match self.prompts {
            Prompts::None => Ok(ListPromptsResult::default()),
            Prompts::Fail => Err(ErrorData::internal_error("the database is away", None)),
            Prompts::Panic => panic!("as the test asked"),
            Prompts::Endless => Ok(ListPromptsResult {
                next_cursor: Some("more".to_owned()),
                ..ListPromptsResult::default()
            }),
        }
    }

    async fn get_prompt(
        &self,
        _: GetPromptRequestParams,
        _: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        let message = PromptMessage::new_text(Role::User, self.run());
        Ok(GetPromptResult::new(vec![message]).into())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let contents = ResourceContents::text(self.run(), request.uri);
        Ok(ReadResourceResult::new(vec![contents]).into())
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: Context,
    ) -> Result<CompleteResult, ErrorData> {
        self.run();
        Ok(CompleteResult::default())
    }
}

fn for_admins(builder: ProviderBuilder) -> ProviderBuilder {
    builder
        .tool_rules([("wipe", Rule::role("admin"))])
        .prompt_rules([("advice", Rule::role("admin"))])
        .resource_rules([("payroll://{employee}", Rule::role("admin"))])
}

async fn world(careless: &Careless, configure: fn(ProviderBuilder) -> ProviderBuilder) -> World {
    let careless = careless.clone();
    World::builder()
        .configure(configure)
        .start(move || Ok(careless.clone()))
        .await
}

async fn of_grace(world: &World) -> [Wire; 2] {
    both(world, world.emulator.token(&world.emulator.grace())).await
}

#[tokio::test]
async fn a_handler_that_takes_any_name_does_not_run_for_what_is_hidden() {
    let careless = Careless::default();
    let world = world(&careless, for_admins).await;
    for wire in of_grace(&world).await {
        for (method, params) in [
            ("tools/call", json!({ "name": "wipe", "arguments": {} })),
            // The same tool by another name.
            ("tools/call", json!({ "name": "WIPE", "arguments": {} })),
            ("prompts/get", json!({ "name": "advice" })),
            ("resources/read", json!({ "uri": "payroll://ada" })),
            (
                "completion/complete",
                json!({ "ref": { "type": "ref/prompt", "name": "advice" }, "argument": { "name": "a", "value": "" } }),
            ),
        ] {
            let reply = wire.request(method, params).await;
            assert!(
                !reply.body.to_string().contains("done"),
                "{method}: {reply:?}"
            );
        }
    }
    assert_eq!(careless.ran.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn rules_that_are_said_one_after_another_all_hold() {
    let careless = Careless::default();
    let world = world(&careless, |builder| {
        builder
            .tool_rules([("wipe", Rule::role("admin"))])
            .tool_rules([("other", Rule::role("nobody"))])
            .resource_rules([("payroll://{employee}", Rule::role("admin"))])
            .resource_rules([("other://{any}", Rule::role("nobody"))])
            .require(Rule::organization())
            .require(Rule::permission("widgets:read"))
    })
    .await;
    for wire in of_grace(&world).await {
        let wipe = wire.call_tool("wipe", json!({})).await;
        assert_eq!(wipe.body["error"]["message"], "tool not found");
        let payroll = json!({ "uri": "payroll://ada" });
        let payroll = wire.request("resources/read", payroll).await;
        assert!(payroll.body["error"].is_object());
    }
    let nowhere = world
        .emulator
        .token(&world.emulator.ada())
        .without("org_id");
    let nowhere = Wire::modern(world.mcp_url(), &nowhere.build());
    assert_eq!(nowhere.request("tools/list", json!({})).await.status, 403);
    assert_eq!(careless.ran.load(Ordering::Relaxed), 0);
}

/// What such a handler says of its own arguments is not taken for "no such tool".
#[tokio::test]
async fn a_handler_s_own_errors_reach_who_may_know_of_the_tool() {
    let strict = Strict;
    let world = World::builder()
        .configure(|builder| {
            builder
                .tool_rules([("wipe", Rule::role("admin"))])
                .resource_rules([("payroll://{employee}", Rule::role("admin"))])
        })
        .start(move || Ok(strict))
        .await;
    for wire in of_grace(&world).await {
        let wipe = wire.call_tool("wipe", json!({})).await;
        let unknown = wire.call_tool("no-such-tool", json!({})).await;
        assert_eq!(wipe.body["error"], unknown.body["error"]);
        wire.request("tools/list", json!({})).await;
        let search = wire.call_tool("search", json!({})).await;
        assert_eq!(search.body["error"]["message"], "the query is empty");
        let resource = json!({ "uri": "search://" });
        let resource = wire.request("resources/read", resource).await;
        assert_eq!(resource.body["error"]["message"], "the query is empty");
    }
}

/// Has rmcp's own `get_tool`, which knows no tool.
#[derive(Clone, Copy)]
struct Strict;

impl ServerHandler for Strict {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .build();
        ServerConfig::new(capabilities)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = ["wipe", "search"].map(|name| Tool::new(name, "", Map::default()));
        Ok(ListToolsResult::with_all_items(tools.to_vec()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let text = match &*request.name {
            "wipe" | "search" => "the query is empty".to_owned(),
            other => format!("there is no {other} here"),
        };
        Err(ErrorData::invalid_params(text, None))
    }

    async fn read_resource(
        &self,
        _: ReadResourceRequestParams,
        _: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        Err(ErrorData::invalid_params("the query is empty", None))
    }
}

#[tokio::test]
async fn without_a_list_of_prompts_there_is_no_prompt() {
    for prompts in [Prompts::Fail, Prompts::Panic, Prompts::Endless] {
        let careless = Careless {
            prompts,
            ..Careless::default()
        };
        let world = world(&careless, for_admins).await;
        for wire in of_grace(&world).await {
            let complete = json!({
                "ref": { "type": "ref/prompt", "name": "advice" },
                "argument": { "name": "a", "value": "" },
            });
            for (method, params) in [
                ("prompts/get", json!({ "name": "advice" })),
                ("completion/complete", complete),
            ] {
                let reply = wire.request(method, params).await;
                assert_eq!(reply.body["error"]["code"], -32603, "{reply:?}");
            }
        }
        assert_eq!(careless.ran.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn a_rule_for_a_tool_that_is_not_listed_is_warned_of() {
    let logs = Logs::capture();
    let careless = Careless::default();
    let world = world(&careless, |builder| {
        builder.tool_rules([("wipe", Rule::role("admin")), ("wiep", Rule::role("admin"))])
    })
    .await;
    let ada = world.modern(&world.emulator.ada());
    for _ in 0..2 {
        ada.request("tools/list", json!({})).await;
    }
    let warned = logs.lines_with("which guards nothing");
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("wiep"), "{warned:?}");
}
