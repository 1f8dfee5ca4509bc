use std::error::Error;

use rmcp::{tool, tool_router};
use workos_mcp::{Session, requires_session, workos_provider};

#[derive(Clone)]
struct Greeter;

#[tool_router(server_handler)]
impl Greeter {
    /// Says hello.
    #[requires_session]
    #[tool]
    async fn hello(&self, session: Session) -> Result<String, String> {
        Ok(format!("hello {}", session.user_id()))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    workos_provider! {}?.serve(|| Ok(Greeter)).await?;
    Ok(())
}
