//! The attributes on functions of every shape, as a client meets them.

#![allow(
    clippy::unused_async,
    clippy::unused_self,
    reason = "a tool is an asynchronous method, whether it waits and needs its handler or not"
)]

use std::{borrow::Cow, fmt::Display};

use axum::{Router, routing::get};
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
use workos_mcp_emulator::TokenBuilder;
use workos_mcp_tests::{Wire, World};

const EDITOR: &str = "editor";

type Answer = Result<String, Error>;

#[derive(Deserialize, schemars::JsonSchema)]
struct Widget {
    /// Which one.
    id: u32,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
struct Owner {
    owner: String,
}

fn metadata() -> MetaObject {
    let Value::Object(object) = json!({ "example.com/colour": "green" }) else {
        unreachable!()
    };
    MetaObject(object)
}

#[derive(Clone)]
struct Widgets;

#[tool_router]
impl Widgets {
    /// Deletes a widget.
    #[requires_session(role = "admin")]
    #[tool]
    async fn delete(
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
    fn synchronous(&self, session: Session) -> Result<String, String> {
        Ok(session.user_id().to_owned())
    }

    /// Signed in or not.
    #[requires_session]
    #[tool]
    async fn optional(&self, session: Option<Session>) -> Answer {
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
    async fn whole_result(&self, _: Session) -> CallToolResult {
        CallToolResult::success(vec![ContentBlock::text("exported")])
    }

    /// The address.
    #[workos_user(organization)]
    #[tool]
    async fn address(&self, user: User, session: Session) -> Answer {
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
    fn associated(session: Session) -> Answer {
        Ok(session.user_id().to_owned())
    }

    #[requires_session]
    fn helper(&self, twice: u32) -> Answer {
        Ok((twice * 2).to_string())
    }
}

#[requires_session]
async fn generic<'a, T>(prefix: &'a str, value: &T) -> Result<Cow<'a, str>, Error>
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

async fn world() -> World {
    World::builder().start(|| Ok(Widgets)).await
}

/// A client of either era with a token that `shape` makes of Ada's usual one.
async fn clients(world: &World, shape: impl Fn(TokenBuilder) -> TokenBuilder) -> [Wire; 2] {
    let token = shape(world.emulator.token(&world.emulator.ada())).build();
    [
        Wire::modern(world.mcp_url(), &token),
        Wire::legacy(world.mcp_url(), &token).await,
    ]
}

#[tokio::test]
async fn guarded_tools_of_every_shape_run_for_who_may_call_them() {
    let world = world().await;
    let ada = world.emulator.ada();
    let admin = |token: TokenBuilder| {
        token
            .claim("role", json!("admin"))
            .claim("permissions", json!(["widgets:read"]))
            .scope("openid reports:export")
    };
    for wire in clients(&world, admin).await {
        for (tool, arguments, answer) in [
            (
                "delete",
                json!({ "id": 7 }),
                format!("7 deleted by {}", ada.id()),
            ),
            ("no-parameter", json!({}), "ran".to_owned()),
            ("synchronous", json!({}), ada.id().to_owned()),
            ("optional", json!({}), ada.id().to_owned()),
            (
                "structured",
                json!({}),
                json!({ "owner": ada.id() }).to_string(),
            ),
            ("whole_result", json!({}), "exported".to_owned()),
            ("address", json!({}), format!("{} true", ada.email())),
            ("mixed", json!({}), "true".to_owned()),
            ("shapes", json!({}), format!("a1 opaque {} 4", ada.id())),
        ] {
            let reply = wire.call_tool(tool, arguments).await;
            assert!(!reply.is_error_result(), "{tool}: {reply:?}");
            assert_eq!(reply.text(), answer, "{tool}");
        }
    }
}

#[tokio::test]
async fn what_the_token_does_not_say_is_refused_and_named() {
    let world = world().await;
    for wire in clients(&world, |token| token.without("org_id")).await {
        for (tool, arguments, needed) in [
            ("delete", json!({ "id": 7 }), "it requires the role `admin`"),
            (
                "synchronous",
                json!({}),
                "it requires the permission `widgets:read`",
            ),
            (
                "whole_result",
                json!({}),
                "this needs the scope `reports:export`",
            ),
            ("address", json!({}), "it is for members of an organization"),
            ("mixed", json!({}), "it requires the role `admin`"),
        ] {
            let reply = wire.call_tool(tool, arguments).await;
            assert!(reply.is_error_result(), "{tool}: {reply:?}");
            assert!(reply.text().contains(needed), "{tool}: {}", reply.text());
        }
    }
}

#[tokio::test]
async fn of_two_attributes_both_must_hold() {
    let world = world().await;
    let role = |token: TokenBuilder| token.claim("role", json!("editor"));
    let scope = |token: TokenBuilder| token.scope("openid widgets:write");
    for wire in clients(&world, role).await {
        assert!(
            wire.call_tool("both", json!({}))
                .await
                .text()
                .contains("the scope `widgets:write`")
        );
    }
    for wire in clients(&world, scope).await {
        assert!(
            wire.call_tool("both", json!({}))
                .await
                .text()
                .contains("the role `editor`")
        );
    }
    for wire in clients(&world, |token| scope(role(token))).await {
        assert_eq!(
            wire.call_tool("both", json!({})).await.text(),
            world.emulator.ada().id()
        );
    }
}

#[tokio::test]
async fn a_refused_call_with_malformed_arguments_hears_the_refusal() {
    let world = world().await;
    for wire in clients(&world, |token| token).await {
        let tool = wire
            .call_tool("delete", json!({ "id": "not a number" }))
            .await;
        assert!(
            tool.is_error_result() && tool.text().contains("the role `admin`"),
            "{tool:?}"
        );
        let prompt = json!({ "name": "advice", "arguments": { "id": "not a number" } });
        let prompt = wire.request("prompts/get", prompt).await;
        assert_eq!(prompt.body["error"]["code"], 403, "{prompt:?}");
        assert!(
            prompt.body["error"]["message"]
                .as_str()
                .unwrap()
                .contains("the role `admin`")
        );
    }
}

#[tokio::test]
async fn a_call_in_a_session_is_judged_by_the_token_of_that_call() {
    let world = world().await;
    let ada = world.emulator.ada();
    let mut wire = world.legacy(&ada).await;
    let delete = json!({ "id": 7 });
    assert!(
        wire.call_tool("delete", delete.clone())
            .await
            .is_error_result()
    );
    wire.token = world
        .emulator
        .token(&ada)
        .claim("role", json!("admin"))
        .build();
    assert!(
        !wire
            .call_tool("delete", delete.clone())
            .await
            .is_error_result()
    );
    wire.token = world.token(&ada);
    assert!(wire.call_tool("delete", delete).await.is_error_result());
}

#[tokio::test]
async fn prompts_and_resources_are_guarded_too() {
    let world = world().await;
    let ada = world.emulator.ada();
    let read = json!({ "uri": "widget://7" });
    for wire in clients(&world, |token| token.claim("role", json!("admin"))).await {
        let prompt = wire
            .request(
                "prompts/get",
                json!({ "name": "advice", "arguments": { "id": 7 } }),
            )
            .await;
        let text = &prompt.body["result"]["messages"][0]["content"]["text"];
        assert_eq!(*text, format!("{} asks about 7", ada.id()), "{prompt:?}");
        let resource = wire.request("resources/read", read.clone()).await;
        assert_eq!(
            resource.body["result"]["contents"][0]["text"],
            world.emulator.acme(),
            "{resource:?}"
        );
    }
    for wire in clients(&world, |token| token.without("org_id")).await {
        let resource = wire.request("resources/read", read.clone()).await;
        assert_eq!(resource.body["error"]["code"], 403, "{resource:?}");
    }
}

#[tokio::test]
async fn descriptions_and_schemas_stay_and_requirements_are_nobodys_business() {
    let world = world().await;
    for wire in clients(&world, |token| token).await {
        let list = wire.request("tools/list", json!({})).await;
        let tool = |name: &str| {
            let tools = list.body["result"]["tools"].as_array().unwrap();
            tools
                .iter()
                .find(|tool| tool["name"] == name)
                .unwrap()
                .clone()
        };
        assert_eq!(tool("delete")["description"], "Deletes a widget.");
        assert_eq!(
            tool("delete")["inputSchema"],
            tool("delete_unguarded")["inputSchema"]
        );
        assert_eq!(
            tool("structured")["outputSchema"],
            tool("structured_unguarded")["outputSchema"]
        );
        assert!(tool("structured")["outputSchema"].is_object());
        assert_eq!(tool("no-parameter")["annotations"]["title"], "No parameter");
        assert_eq!(
            tool("synchronous")["_meta"],
            json!({ "example.com/colour": "green" })
        );
        assert!(tool("delete")["_meta"].is_null());
        let prompts = wire.request("prompts/list", json!({})).await;
        assert_eq!(
            prompts.body["result"]["prompts"][0]["description"],
            "A prompt for admins."
        );
        for list in [list.body.to_string(), prompts.body.to_string()] {
            assert!(
                !list.contains("workos-mcp") && !list.contains("admin\""),
                "{list}"
            );
        }
    }
}

#[tokio::test]
async fn outside_of_a_request_a_guarded_function_says_what_to_check() {
    let widgets = Widgets;
    let refused = [
        widgets
            .delete(Parameters(Widget { id: 1 }))
            .await
            .unwrap_err()
            .to_string(),
        widgets.synchronous().unwrap_err(),
        widgets.optional().await.unwrap_err().to_string(),
        widgets.address().await.unwrap_err().to_string(),
        Widgets::associated().unwrap_err().to_string(),
        generic("a", &1).await.unwrap_err().to_string(),
    ];
    for refused in refused {
        assert!(
            refused.starts_with("Session not initialized: "),
            "{refused}"
        );
    }
    let result = widgets.whole_result().await;
    assert_eq!(result.is_error, Some(true));
}

#[requires_session(role = "admin")]
async fn admins_only(session: Session) -> Result<String, Error> {
    Ok(session.user_id().to_owned())
}

#[tokio::test]
async fn an_axum_handler_can_be_guarded() {
    let world = World::start().await;
    let router = Router::new()
        .route("/admins", get(admins_only))
        .layer(world.provider.layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/admins", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let ada = world.emulator.ada();
    let request = |token: String| {
        world
            .http
            .get(&url)
            .header("host", world.mcp_url().split('/').nth(2).unwrap())
            .bearer_auth(token)
            .send()
    };
    let member = request(world.token(&ada)).await.unwrap();
    assert_eq!(member.status(), 403);
    assert!(member.text().await.unwrap().contains("the role `admin`"));
    let admin = world
        .emulator
        .token(&ada)
        .claim("role", json!("admin"))
        .build();
    assert_eq!(
        request(admin).await.unwrap().text().await.unwrap(),
        ada.id()
    );
    server.abort();
}
