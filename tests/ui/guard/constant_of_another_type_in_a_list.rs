use rmcp::{tool, tool_router};
use workos_mcp::{Error, requires_session};

const EDITOR: u32 = 7;

#[derive(Clone)]
struct Widgets;

#[tool_router(server_handler)]
impl Widgets {
    #[requires_session(any(scope = "widgets:delete", roles("admin", EDITOR)))]
    #[tool]
    async fn delete(&self) -> Result<String, Error> {
        Ok(String::new())
    }
}

fn main() {}
