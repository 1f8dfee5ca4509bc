//! An MCP server behind AuthKit, with four tools that know who calls them.
//!
//! ```sh
//! cargo run --example quickstart
//! ```
//!
//! Without any configuration it runs on a local AuthKit and prints a command to paste. To run it on
//! yours, set `WORKOS_API_KEY`, `WORKOS_CLIENT_ID`, `WORKOS_AUTHKIT_DOMAIN` and `BASE_URL`, or put them into `.env`.

use rmcp::{handler::server::wrapper::Parameters, schemars, tool, tool_router};
use serde_json::json;
use workos_mcp::workos::organization_membership::ListOrganizationMembershipsParams as ListMemberships;
use workos_mcp::{Error, Session, User, client, requires_session, workos_provider, workos_user};
use workos_mcp_examples::{Call, Caller::AdaOfAcme, LocalAuthKit};

type Answer = Result<String, Error>;

struct Quickstart;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Greet {
    /// The name of the user to greet.
    name: String,
}

#[tool_router(server_handler)]
impl Quickstart {
    /// Greet the user with their WorkOS identity.
    #[requires_session]
    #[tool]
    async fn greet(&self, Parameters(to): Parameters<Greet>, session: Session) -> Answer {
        let id = session.user_id();
        Ok(format!("Hello, {}! Your WorkOS user ID is {id}", to.name))
    }

    /// The signed-in user, from the WorkOS API.
    #[workos_user]
    #[tool(name = "get-user-info")]
    async fn get_user_info(&self, user: User) -> Answer {
        Ok(json!(*user).to_string())
    }

    /// The organizations that the user is a member of.
    #[requires_session]
    #[tool(name = "get-my-memberships")]
    async fn get_my_memberships(&self, session: Session) -> Answer {
        let params = ListMemberships {
            user_id: Some(session.user_id().to_owned()),
            ..Default::default()
        };
        let api = client()?;
        let api = api.organization_membership();
        let memberships = api.list_organization_memberships(params).await?.data;
        if memberships.is_empty() {
            return Ok("You are not a member of any organizations.".to_owned());
        }
        Ok(json!(memberships).to_string())
    }

    /// The whole session and the user behind it.
    #[workos_user]
    #[tool]
    async fn whoami(&self, session: Session, user: User) -> Answer {
        let time = |time| humantime::format_rfc3339_seconds(time).to_string();
        Ok(json!({
            "session": { "userId": session.user_id(), "sessionId": session.session_id(),
                "organizationId": session.organization_id(), "role": session.token_role(),
                "permissions": session.token_permissions().map(Vec::from_iter),
                "expiresAt": time(session.expires_at()), "issuedAt": time(session.issued_at()) },
            "user": { "id": user.id, "email": user.email, "emailVerified": user.email_verified,
                "firstName": user.first_name, "lastName": user.last_name, "createdAt": user.created_at,
                "updatedAt": user.updated_at, "profilePictureUrl": user.profile_picture_url },
        })
        .to_string())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let local = LocalAuthKit::unless_configured().await?;
    let provider = match &local {
        None => workos_provider! { docs_url: "https://workos.com/docs/authkit/mcp" }?,
        Some(local) => local.provider()?,
    };
    if let Some(local) = &local {
        let greet = Call::tool(AdaOfAcme, "greet", &json!({ "name": "Ada" }));
        local.introduce(&provider, &[greet]);
    }
    Ok(provider.serve(|| Ok(Quickstart)).await?)
}
