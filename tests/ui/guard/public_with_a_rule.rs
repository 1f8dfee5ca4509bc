use rmcp::{tool, tool_router};
use workos_mcp::public;

#[derive(Clone)]
struct Library;

#[tool_router(server_handler)]
impl Library {
    #[public(role = "admin")]
    #[tool]
    async fn search(&self) -> String {
        "found".to_owned()
    }
}

fn main() {}
