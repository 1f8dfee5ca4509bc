//! A handler whose functions have every shape that can be guarded.

use std::{borrow::Cow, fmt::Display};

use rmcp::{
    ErrorData, Json, RoleServer, ServerHandler,
    handler::server::wrapper::Parameters,
    model::{
        CallToolResult, ContentBlock, GetPromptResult, MetaObject, PromptMessage,
        ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, ResourceContents,
        Role, ServerCapabilities, ServerConfig,
    },
    prompt, prompt_handler, prompt_router, schemars,
    service::RequestContext,
    tool, tool_handler, tool_router,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use workos_mcp::{Error, Session, User, requires_session, workos_user};

const EDITOR: &str = "editor";

pub(super) type Answer = Result<String, Error>;

#[derive(Deserialize, schemars::JsonSchema)]
pub(super) struct Widget {
    /// Which one.
    pub(super) id: u32,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
pub(super) struct Owner {
    owner: String,
}

fn metadata() -> MetaObject {
    let Value::Object(object) = json!({ "example.com/colour": "green" }) else {
        unreachable!()
    };
    MetaObject(object)
}

#[derive(Clone)]
pub(super) struct Widgets;

#[tool_router]
impl Widgets {
    /// Deletes a widget.
    #[requires_session(role = "admin")]
    #[tool]
    pub(super) async fn delete(
        &self,
        Parameters(Widget { id }): Parameters<Widget>,
        session: Session,
    ) -> Answer {
        Ok(format!("{id} deleted by {}", session.user_id()))
    }

    /// Deletes a widget, and asks nobody.
    #[tool]
    async fn delete_unguarded(&self, Parameters(Widget { id }): Parameters<Widget>) -> Answer {
        Ok(format!("{id} deleted"))
    }

    /// Guarded, with no parameter for it.
    #[requires_session]
    #[tool(name = "no-parameter", annotations(title = "No parameter"))]
    fn no_parameter(&self) -> Result<String, ErrorData> {
        Ok("ran".to_owned())
    }

    #[requires_session(permission = "widgets:read")]
    #[tool(description = "Synchronous.", meta = metadata())]
    pub(super) fn synchronous(&self, session: Session) -> Result<String, String> {
        Ok(session.user_id().to_owned())
    }

    /// Signed in or not.
    #[requires_session]
    #[tool]
    pub(super) async fn optional(&self, session: Option<Session>) -> Answer {
        Ok(session.map_or_else(
            || "nobody".to_owned(),
            |session| session.user_id().to_owned(),
        ))
    }

    /// Who owns it.
    #[requires_session]
    #[tool]
    async fn structured(&self, mut session: Session) -> Result<Json<Owner>, Error> {
        let other = session.clone();
        session = other;
        Ok(Json(Owner {
            owner: session.user_id().to_owned(),
        }))
    }

    /// Who owns it, asked by nobody.
    #[tool]
    async fn structured_unguarded(&self) -> Result<Json<Owner>, Error> {
        Ok(Json(Owner {
            owner: String::new(),
        }))
    }

    /// A result of its own.
    #[requires_session(scope = "reports:export")]
    #[tool]
    pub(super) async fn whole_result(&self, _: Session) -> CallToolResult {
        CallToolResult::success(vec![ContentBlock::text("exported")])
    }

    /// The address.
    #[workos_user(organization)]
    #[tool]
    pub(super) async fn address(&self, user: User, session: Session) -> Answer {
        // Named as locals of an expansion might be.
        let (value, error) = (user.email.clone(), session.user_id() == user.id);
        Ok(format!("{value} {error}"))
    }

    /// Both must hold.
    #[requires_session(role = EDITOR)]
    #[requires_session(scope = "widgets:write")]
    #[tool]
    async fn both(&self, session: Session) -> Answer {
        Ok(session.user_id().to_owned())
    }

    /// Both kinds of attribute.
    #[requires_session(role = "admin")]
    #[workos_user]
    #[tool]
    async fn mixed(&self, session: Session, user: User) -> Answer {
        Ok((session.user_id() == user.id).to_string())
    }

    /// Calls the functions below.
    #[tool]
    async fn shapes(&self) -> Answer {
        let borrowed = generic("a", &1).await?;
        let shown = opaque()?.to_string();
        let member = Self::associated()?;
        Ok(format!("{borrowed} {shown} {member} {}", self.helper(2)?))
    }

    #[requires_session]
    pub(super) fn associated(session: Session) -> Answer {
        Ok(session.user_id().to_owned())
    }

    #[requires_session]
    fn helper(&self, twice: u32) -> Answer {
        Ok((twice * 2).to_string())
    }
}

#[requires_session]
pub(super) async fn generic<'a, T>(prefix: &'a str, value: &T) -> Result<Cow<'a, str>, Error>
where
    T: Display + Sync,
{
    Ok(Cow::Owned(format!("{prefix}{value}")))
}

#[requires_session]
fn opaque() -> Result<impl Display, Error> {
    Ok("opaque")
}

#[prompt_router]
impl Widgets {
    /// A prompt for admins.
    #[requires_session(role = "admin")]
    #[prompt]
    async fn advice(
        &self,
        Parameters(Widget { id }): Parameters<Widget>,
        session: Session,
    ) -> Result<GetPromptResult, ErrorData> {
        let text = format!("{} asks about {id}", session.user_id());
        Ok(GetPromptResult::new(vec![PromptMessage::new_text(
            Role::User,
            text,
        )]))
    }
}

#[tool_handler]
#[prompt_handler]
impl ServerHandler for Widgets {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .build();
        ServerConfig::new(capabilities)
    }

    #[requires_session(organization)]
    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
        session: Session,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let text = session.organization_id().unwrap_or_default();
        Ok(ReadResourceResult::new(vec![ResourceContents::text(text, request.uri)]).into())
    }
}
