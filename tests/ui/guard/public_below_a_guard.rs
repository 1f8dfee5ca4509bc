use rmcp::{tool, tool_router};
use workos_mcp::{Error, User, public, workos_user};

#[derive(Clone)]
struct Library;

#[tool_router(server_handler)]
impl Library {
    #[workos_user]
    #[public]
    #[tool]
    async fn search(&self, user: User) -> Result<String, Error> {
        Ok(user.email.clone())
    }
}

fn main() {}
