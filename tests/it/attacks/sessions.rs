//! What a session's owner is sent, nobody else can have, end, or keep from them.

use futures_util::StreamExt;
use reqwest::{Method, RequestBuilder, Response};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ServerCapabilities,
        ServerConfig,
    },
    service::RequestContext,
};
use serde_json::json;
use workos_mcp_tests::World;

/// Tells the session's client that the tools have changed.
#[derive(Clone)]
struct Bell;

impl ServerHandler for Bell {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(
            ServerCapabilities::builder()
                .enable_tools()
                .enable_tool_list_changed()
                .build(),
        )
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let told = context.peer.notify_tool_list_changed().await;
        let text = format!("{} {}", told.is_ok(), workos_mcp_tests::who());
        Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into())
    }
}

fn in_session(world: &World, method: Method, session: &str, token: &str) -> RequestBuilder {
    world
        .http
        .request(method, world.mcp_url())
        .bearer_auth(token)
        .header("mcp-session-id", session)
        .header("mcp-protocol-version", "2025-11-25")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
}

/// All that the stream says up to the first message.
async fn first_message(stream: Response) -> String {
    let mut chunks = stream.bytes_stream();
    let mut text = String::new();
    while !text.contains("\"jsonrpc\"") {
        let chunk = chunks.next().await.expect("the stream goes on").unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    text
}

// Attacks: 4.
#[tokio::test]
async fn the_stream_of_a_session_hears_nothing_of_another_and_is_not_taken_over() {
    let world = World::builder().start(|| Ok(Bell)).await;
    let (ada, grace) = (world.emulator.ada(), world.emulator.grace());
    let wire = world.legacy(&ada).await;
    let session = wire.session.as_deref().unwrap();
    let stream = in_session(&world, Method::GET, session, &wire.token);
    let stream = stream.send().await.unwrap();
    assert_eq!(stream.status(), 200);

    let stranger = world.token(&grace);
    let listing = json!({ "jsonrpc": "2.0", "id": 77, "method": "tools/list" });
    let calling = json!({
        "jsonrpc": "2.0", "id": 78, "method": "tools/call", "params": { "name": "ring" },
    });
    let ended = json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 },
    });
    for method in [Method::GET, Method::POST, Method::DELETE] {
        for body in [&listing, &calling, &ended] {
            for last_event in [None, Some("0"), Some("0/0"), Some(session)] {
                let mut request = in_session(&world, method.clone(), session, &stranger);
                if let Some(id) = last_event {
                    request = request.header("last-event-id", id);
                }
                let response = request.body(body.to_string()).send().await.unwrap();
                assert_eq!(response.status(), 404, "{method} {body} {last_event:?}");
            }
        }
    }
    // A session of the stranger's own rings in that session.
    let own = world.legacy(&grace).await;
    let rung = own.call_tool("ring", json!({})).await;
    assert_eq!(rung.text(), format!("true {}", grace.id()));

    let (heard, rung) = tokio::join!(
        first_message(stream),
        wire.call_tool("ring", json!({ "of": "ada" }))
    );
    assert_eq!(rung.text(), format!("true {}", ada.id()));
    assert!(
        heard.contains("notifications/tools/list_changed"),
        "{heard}"
    );
    assert!(!heard.contains("\"id\":7"), "{heard}");
}
