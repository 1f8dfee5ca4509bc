//! What opens a tool is its author's word in the source, not what metadata says: that may be somebody else's, as in a gateway.

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, ListToolsResult, MetaObject,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};
use serde_json::{Value, json};
use workos_mcp::Anonymous;
use workos_mcp_tests::{Wire, World};

use super::challenged;

/// Passes on a tool as a server behind it describes it.
#[derive(Clone)]
struct Gateway {
    rule: Value,
}

impl Gateway {
    fn tool(&self) -> Tool {
        let mut tool = Tool::new("passed-on", "", serde_json::Map::default());
        let metadata = json!({ "workos-mcp/rule": self.rule, "workos-mcp/seal": "" });
        tool.meta = Some(MetaObject(metadata.as_object().cloned().unwrap()));
        tool
    }
}

impl ServerHandler for Gateway {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        (name == "passed-on").then(|| self.tool())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(vec![self.tool()]))
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        panic!("ran")
    }
}

#[tokio::test]
async fn metadata_of_somebody_else_opens_nothing() {
    for rule in [
        json!(["public"]),
        json!("public"),
        json!([{ "any": ["public"] }]),
    ] {
        let gateway = Gateway { rule };
        let world = World::builder()
            .configure(|builder| builder.anonymous(Anonymous::Allow))
            .start(move || Ok(gateway.clone()))
            .await;
        let stranger = Wire::modern(world.mcp_url(), "");
        challenged(&stranger.call_tool("passed-on", json!({})).await, &world);
        let tools = stranger.request("tools/list", json!({})).await;
        assert!(!tools.body.to_string().contains("noauth"), "{tools:?}");
        assert!(!tools.body.to_string().contains("workos-mcp/"), "{tools:?}");
    }
}
