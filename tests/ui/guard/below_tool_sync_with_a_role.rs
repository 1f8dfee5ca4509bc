use rmcp::{tool, tool_router};
use workos_mcp::{Error, Session, requires_session};

#[derive(Clone)]
struct Widgets;

#[tool_router(server_handler)]
impl Widgets {
    #[tool]
    #[requires_session(role = "admin")]
    fn whoami(&self, session: Session) -> Result<String, Error> {
        Ok(session.user_id().to_owned())
    }
}

fn main() {}
