//! A handler with as many tools as are asked for.

use std::sync::Arc;

use futures_util::FutureExt;
use rmcp::{
    ServerHandler,
    handler::server::router::tool::{ToolRoute, ToolRouter},
    model::{CallToolResult, ContentBlock, JsonObject, Tool},
    tool_handler,
};
use serde_json::json;
use workos_mcp::Rule;

#[derive(Clone)]
pub(crate) struct Many {
    tools: Arc<ToolRouter<Self>>,
}

/// The first is the one that is called.
fn name(number: usize) -> String {
    match number {
        0 => "greet".to_owned(),
        number => format!("greet-{number}"),
    }
}

impl Many {
    pub(crate) fn new(count: usize) -> Self {
        let schema = json!({
            "type": "object",
            "properties": { "name": { "type": "string" } },
            "required": ["name"],
        });
        let schema: Arc<JsonObject> = Arc::new(schema.as_object().unwrap().clone());
        let mut tools = ToolRouter::new();
        for number in 0..count {
            let tool = Tool::new(name(number), "Greets by name.", Arc::clone(&schema));
            tools.add_route(ToolRoute::new_dyn(tool, |call| {
                async move {
                    let arguments = call.arguments.unwrap_or_default();
                    let name = arguments["name"].as_str().unwrap_or_default();
                    let greeting = ContentBlock::text(format!("Hello, {name}!"));
                    Ok(CallToolResult::success(vec![greeting]).into())
                }
                .boxed()
            }));
        }
        Self {
            tools: Arc::new(tools),
        }
    }
}

#[tool_handler(router = self.tools)]
impl ServerHandler for Many {}

/// Of every kind that WorkOS need not be asked about: met, met by more scopes, and never met, so that the tool is hidden.
pub(crate) fn rules(count: usize) -> Vec<(String, Rule)> {
    let rule = |number| match number % 6 {
        0 => Some(Rule::organization()),
        1 => Some(Rule::scope("email")),
        2 => Some(Rule::scope("reports:export")),
        3 => Some(Rule::organizations(["org_01JQ7Z3M5XKQW8R2T4V6Y8ZXYZ"])),
        4 => Some(Rule::all([Rule::organization(), Rule::scope("profile")])),
        _ => None,
    };
    (0..count)
        .filter_map(|number| Some((name(number), rule(number)?)))
        .collect()
}
