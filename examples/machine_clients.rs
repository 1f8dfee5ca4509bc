//! Programs as callers: a machine-to-machine application with a token of its own, and the holder of a WorkOS API key.
//!
//! ```sh
//! cargo run --example machine_clients
//! ```
//!
//! Without any configuration it runs on a local AuthKit and prints commands: both programs read the latest report, the key may
//! publish one and the application may not, and neither can sign one, which takes a person. On your own AuthKit, set
//! `MACHINE_CLIENT_ID` to the client id of an application besides, and give a key the permission `mcp:use`.

use rmcp::{tool, tool_router};
use serde_json::json;
use workos_mcp::{Error, Principal, Session, requires_session};
use workos_mcp_examples::{
    Call,
    Caller::{KeyOfAcme, NightlyReport},
    LocalAuthKit, builder,
};

struct Reports;

#[tool_router(server_handler)]
impl Reports {
    /// The latest report, for people and programs.
    #[requires_session]
    #[tool]
    async fn latest(&self, caller: Principal) -> Result<String, Error> {
        let organization = caller.organization_id().unwrap_or("no organization");
        Ok(format!(
            "the latest report of {organization}, for {} {}",
            caller.kind(),
            caller.subject()
        ))
    }

    /// Publishes a report.
    #[requires_session(permission = "reports:publish")]
    #[tool]
    async fn publish(&self, caller: Principal) -> Result<String, Error> {
        Ok(format!("published by {}", caller.subject()))
    }

    /// Signs a report, which takes a person.
    #[requires_session]
    #[tool]
    async fn sign(&self, session: Session) -> Result<String, Error> {
        Ok(format!("signed by {}", session.user_id()))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let local = LocalAuthKit::unless_configured().await?;
    let machine = match &local {
        Some(local) => local.nightly_report(),
        None => std::env::var("MACHINE_CLIENT_ID")?,
    };
    let provider = builder(local.as_ref())
        .machines([machine])
        .api_keys("mcp:use") // the permission that a key must have to be let in at all
        .build()?;
    if let Some(local) = &local {
        let nothing = json!({});
        let calls = [
            Call::tool(NightlyReport, "latest", &nothing),
            Call::tool(KeyOfAcme, "latest", &nothing),
            Call::tool(KeyOfAcme, "publish", &nothing),
            Call::tool(NightlyReport, "publish", &nothing),
            Call::tool(NightlyReport, "sign", &nothing),
        ];
        local.introduce(&provider, &calls);
    }
    Ok(provider.serve(|| Ok(Reports)).await?)
}
