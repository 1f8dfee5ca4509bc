use rmcp::{tool, tool_router};
use workos_mcp::{Error, Session, requires_session};

#[derive(Clone)]
struct Widgets;

use workos_mcp::User;

#[tool_router(server_handler)]
impl Widgets {
    #[requires_session]
    #[tool]
    async fn email(&self, session: Session, user: User) -> Result<String, Error> {
        Ok(format!("{} {}", session.user_id(), user.email))
    }
}

fn main() {}
