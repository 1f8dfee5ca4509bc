use rmcp::{model::MetaObject, tool, tool_router};
use workos_mcp::{Error, requires_session};

#[derive(Clone)]
struct Widgets;

#[tool_router(server_handler)]
impl Widgets {
    #[requires_session]
    #[tool(meta = MetaObject(serde_json::Map::from_iter([("workos-mcp/rule".to_owned(), serde_json::json!([]))])))]
    async fn delete(&self) -> Result<String, Error> {
        Ok(String::new())
    }
}

fn main() {}
