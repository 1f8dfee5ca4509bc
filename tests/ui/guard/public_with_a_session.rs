use rmcp::{tool, tool_router};
use workos_mcp::{Error, Session, public};

#[derive(Clone)]
struct Library;

#[tool_router(server_handler)]
impl Library {
    #[public]
    #[tool]
    async fn search(&self, session: Session) -> Result<String, Error> {
        Ok(session.user_id().to_owned())
    }
}

fn main() {}
