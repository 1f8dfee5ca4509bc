use rmcp::{tool, tool_router};
use workos_mcp::{Error, Session, requires_session};

#[derive(Clone)]
struct Widgets;

#[tool_router(server_handler)]
impl Widgets {
    #[requires_session]
    #[tool]
    async fn whoami(&self, session: Session) -> String {
        session.user_id().to_owned()
    }
}

fn main() {
    let _: Option<Error> = None;
}
