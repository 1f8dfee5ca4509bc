use rmcp::{tool, tool_router};
use workos_mcp::{Error, public, requires_session};

#[derive(Clone)]
struct Library;

#[tool_router(server_handler)]
impl Library {
    #[public]
    #[requires_session]
    #[tool]
    async fn search(&self) -> Result<String, Error> {
        Ok("found".to_owned())
    }
}

fn main() {}
