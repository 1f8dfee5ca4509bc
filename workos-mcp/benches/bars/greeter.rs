//! The same tool twice, once as somebody writes it who wants to know who calls.

use rmcp::{handler::server::wrapper::Parameters, schemars, tool, tool_router};
use serde::Deserialize;
use workos_mcp::{Error, Session, requires_session};

#[derive(Deserialize, schemars::JsonSchema)]
struct Greeted {
    name: String,
}

#[derive(Clone)]
pub(crate) struct Plain;

#[tool_router(server_handler)]
impl Plain {
    /// Greets by name.
    #[tool]
    async fn greet(
        &self,
        Parameters(Greeted { name }): Parameters<Greeted>,
    ) -> Result<String, Error> {
        Ok(format!("Hello, {name}!"))
    }
}

#[derive(Clone)]
pub(crate) struct Guarded;

#[tool_router(server_handler)]
impl Guarded {
    /// Greets by name.
    #[requires_session]
    #[tool]
    async fn greet(
        &self,
        session: Session,
        Parameters(Greeted { name }): Parameters<Greeted>,
    ) -> Result<String, Error> {
        assert!(session.user_id().starts_with("user_"));
        Ok(format!("Hello, {name}!"))
    }
}
