//! Tools for some: by permission, by role, and by scope.
//!
//! ```sh
//! cargo run --example permissions
//! ```
//!
//! Without any configuration it runs on a local AuthKit and prints commands: Ada, an admin, and Grace, a member, list the
//! tools and see two lists; Ada deletes a widget, for Grace there is no such tool; and a report asks for a scope that
//! neither of their tokens has.

use rmcp::{handler::server::wrapper::Parameters, schemars, tool, tool_router};
use serde_json::json;
use workos_mcp::{Error, Session, requires_session};
use workos_mcp_examples::{
    Call,
    Caller::{AdaOfAcme, GraceOfAcme},
    LocalAuthKit, provider,
};

struct Workshop;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Widget {
    /// The widget's id.
    id: String,
}

#[tool_router(server_handler)]
impl Workshop {
    /// The widgets of your organization.
    #[requires_session(permission = "widgets:read")]
    #[tool(name = "read-widgets")]
    async fn read_widgets(&self) -> Result<String, Error> {
        Ok(json!(["left-handed screwdriver", "sky hook"]).to_string())
    }

    /// Deletes a widget for good.
    #[requires_session(role = "admin")]
    #[tool(name = "delete-widget")]
    async fn delete_widget(
        &self,
        Parameters(Widget { id }): Parameters<Widget>,
        session: Session,
    ) -> Result<String, Error> {
        Ok(format!("{id} is gone, by order of {}", session.user_id()))
    }

    /// A report to take out of the house.
    #[requires_session(scope = "reports:export")]
    #[tool(name = "export-report")]
    async fn export_report(&self) -> Result<String, Error> {
        Ok("widget,count\nsky hook,1\n".to_owned())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let local = LocalAuthKit::unless_configured().await?;
    let provider = provider(local.as_ref())?;
    if let Some(local) = &local {
        let delete = |caller| Call::tool(caller, "delete-widget", &json!({ "id": "sky hook" }));
        let calls = [
            Call::list(AdaOfAcme),
            Call::list(GraceOfAcme),
            delete(AdaOfAcme),
            delete(GraceOfAcme),
            Call::tool(AdaOfAcme, "export-report", &json!({})).with_head(),
        ];
        local.introduce(&provider, &calls);
    }
    Ok(provider.serve(|| Ok(Workshop)).await?)
}
