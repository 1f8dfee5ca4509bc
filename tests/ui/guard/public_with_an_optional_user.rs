use rmcp::{tool, tool_router};
use workos_mcp::{Error, User, public};

#[derive(Clone)]
struct Library;

#[tool_router(server_handler)]
impl Library {
    #[public]
    #[tool]
    async fn search(&self, user: Option<User>) -> Result<String, Error> {
        Ok(user.map(|user| user.email.clone()).unwrap_or_default())
    }
}

fn main() {}
