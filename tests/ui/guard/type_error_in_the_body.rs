use rmcp::{tool, tool_router};
use workos_mcp::{Error, Session, requires_session};

#[derive(Clone)]
struct Widgets;

#[tool_router(server_handler)]
impl Widgets {
    #[requires_session(role = "admin")]
    #[tool]
    async fn count(&self, session: Session) -> Result<String, Error> {
        let count: u32 = session.user_id();
        Ok(count.to_string())
    }
}

fn main() {}
