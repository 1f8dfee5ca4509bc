//! One server for many organizations: the one that the user signed in to decides what a tool sees.
//!
//! ```sh
//! cargo run --example multi_tenant
//! ```
//!
//! Without any configuration it runs on a local AuthKit and prints two commands: the same call by Ada of Acme
//! and by Grace of Globex, with different answers.

use std::collections::HashMap;

use rmcp::{handler::server::wrapper::Parameters, schemars, tool, tool_router};
use serde_json::json;
use workos_mcp::{Error, Session, client, requires_session};
use workos_mcp_examples::{
    Call,
    Caller::{AdaOfAcme, GraceOfGlobex},
    LocalAuthKit, provider,
};

/// The projects of each organization, by its id. A real server has a database with a tenant column.
#[derive(Clone, Default)]
struct Projects {
    by_organization: HashMap<String, Vec<&'static str>>,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Search {
    /// A part of the project's name; empty for all.
    #[serde(default)]
    name: String,
}

#[tool_router(server_handler)]
impl Projects {
    /// The projects of the organization that you are signed in to.
    #[requires_session(organization)]
    #[tool(name = "list-projects")]
    async fn list_projects(
        &self,
        Parameters(search): Parameters<Search>,
        session: Session,
    ) -> Result<String, Error> {
        // Never an argument: what a caller may see comes from who they are.
        let tenant = session.organization_id().unwrap_or_default();
        let projects = self.by_organization.get(tenant).into_iter().flatten();
        let found: Vec<_> = projects
            .filter(|project| project.contains(&search.name))
            .collect();
        Ok(json!(found).to_string())
    }

    /// The name of the organization that you are signed in to.
    #[requires_session(organization)]
    #[tool(name = "my-organization")]
    async fn my_organization(&self, session: Session) -> Result<String, Error> {
        let id = session.organization_id().unwrap_or_default();
        Ok(client()?.organizations().get_organization(id).await?.name)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let local = LocalAuthKit::unless_configured().await?;
    let provider = provider(local.as_ref())?;
    let mut projects = Projects::default();
    if let Some(local) = &local {
        projects.by_organization = HashMap::from([
            (local.acme().to_owned(), vec!["anvils", "rockets"]),
            (local.globex().to_owned(), vec!["reactor"]),
        ]);
        let call = |caller| Call::tool(caller, "list-projects", &json!({}));
        local.introduce(&provider, &[call(AdaOfAcme), call(GraceOfGlobex)]);
    }
    provider.serve(move || Ok(projects.clone())).await?;
    Ok(())
}
