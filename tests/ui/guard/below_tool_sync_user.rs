use rmcp::{tool, tool_router};
use workos_mcp::{Error, User, workos_user};

#[derive(Clone)]
struct Widgets;

#[tool_router(server_handler)]
impl Widgets {
    #[tool]
    #[workos_user]
    fn email(&self, user: User) -> Result<String, Error> {
        Ok(user.email.clone())
    }
}

fn main() {}
