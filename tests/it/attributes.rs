//! The attributes on functions of every shape, as a client meets them.

#![allow(
    clippy::unused_async,
    clippy::unused_self,
    reason = "a tool is an asynchronous method, whether it waits and needs its handler or not"
)]

mod widgets;

use axum::{Router, routing::get};
use rmcp::handler::server::wrapper::Parameters;
use serde_json::json;
use widgets::{Widget, Widgets, generic};
use workos_mcp::{Error, Session, requires_session};
use workos_mcp_emulator::TokenBuilder;
use workos_mcp_tests::{Reply, Wire, World};

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

/// As an unknown tool answers.
fn is_hidden(reply: &Reply) -> bool {
    reply.status == 200 && reply.body["error"]["message"] == "tool not found"
}

#[tokio::test]
async fn who_may_not_call_finds_no_tool_and_who_lacks_a_scope_is_asked_for_it() {
    let world = world().await;
    for wire in clients(&world, |token| token.without("org_id")).await {
        for (tool, arguments) in [
            ("delete", json!({ "id": 7 })),
            ("synchronous", json!({})),
            ("address", json!({})),
            ("mixed", json!({})),
        ] {
            let reply = wire.call_tool(tool, arguments).await;
            assert!(is_hidden(&reply), "{tool}: {reply:?}");
        }
        let reply = wire.call_tool("whole_result", json!({})).await;
        assert_eq!(reply.status, 403, "{reply:?}");
    }
}

#[tokio::test]
async fn of_two_attributes_both_must_hold() {
    let world = world().await;
    let role = |token: TokenBuilder| token.claim("role", json!("editor"));
    let scope = |token: TokenBuilder| token.scope("openid widgets:write");
    for wire in clients(&world, role).await {
        assert_eq!(wire.call_tool("both", json!({})).await.status, 403);
    }
    for wire in clients(&world, scope).await {
        assert!(is_hidden(&wire.call_tool("both", json!({})).await));
    }
    for wire in clients(&world, |token| scope(role(token))).await {
        assert_eq!(
            wire.call_tool("both", json!({})).await.text(),
            world.emulator.ada().id()
        );
    }
}

#[tokio::test]
async fn a_refused_call_with_malformed_arguments_hears_nothing_of_them() {
    let world = world().await;
    for wire in clients(&world, |token| token.claim("role", json!("member"))).await {
        let tool = wire
            .call_tool("delete", json!({ "id": "not a number" }))
            .await;
        assert!(is_hidden(&tool), "{tool:?}");
        let prompt = json!({ "name": "advice", "arguments": { "id": "not a number" } });
        let prompt = wire.request("prompts/get", prompt).await;
        assert_eq!(
            prompt.body["error"]["message"], "prompt 'advice' not found",
            "{prompt:?}"
        );
    }
}

#[tokio::test]
async fn a_call_in_a_session_is_judged_by_the_token_of_that_call() {
    let world = world().await;
    let grace = world.emulator.grace();
    let mut wire = world.legacy(&grace).await;
    let delete = json!({ "id": 7 });
    assert!(is_hidden(&wire.call_tool("delete", delete.clone()).await));
    wire.token = world
        .emulator
        .token(&grace)
        .claim("role", json!("admin"))
        .build();
    assert_eq!(
        wire.call_tool("delete", delete.clone()).await.text(),
        format!("7 deleted by {}", grace.id())
    );
    wire.token = world.token(&grace);
    assert!(is_hidden(&wire.call_tool("delete", delete).await));
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
    let grace = world.emulator.grace();
    let request = |token: String| {
        world
            .http
            .get(&url)
            .header("host", world.mcp_url().split('/').nth(2).unwrap())
            .bearer_auth(token)
            .send()
    };
    let member = request(world.token(&grace)).await.unwrap();
    assert_eq!(member.status(), 403);
    assert!(member.text().await.unwrap().contains("the role `admin`"));
    let admin = world
        .emulator
        .token(&grace)
        .claim("role", json!("admin"))
        .build();
    assert_eq!(
        request(admin).await.unwrap().text().await.unwrap(),
        grace.id()
    );
    server.abort();
}
