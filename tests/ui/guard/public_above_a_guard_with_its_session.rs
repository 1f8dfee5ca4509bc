use rmcp::{tool, tool_router};
use workos_mcp::{Error, Session, public, requires_session};

#[derive(Clone)]
struct Library;

#[tool_router(server_handler)]
impl Library {
    #[public]
    #[requires_session]
    #[tool]
    async fn search(&self, session: Session) -> Result<String, Error> {
        Ok(session.user_id().to_owned())
    }
}

fn main() {}
