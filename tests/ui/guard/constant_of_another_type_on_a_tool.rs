use rmcp::{tool, tool_router};
use workos_mcp::{Error, requires_session};

const ADMIN: u32 = 7;

#[derive(Clone)]
struct Widgets;

#[tool_router(server_handler)]
impl Widgets {
    #[requires_session(role = ADMIN)]
    #[tool]
    async fn delete(&self) -> Result<String, Error> {
        Ok(String::new())
    }
}

fn main() {}
