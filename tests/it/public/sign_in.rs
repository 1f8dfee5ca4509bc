//! rmcp's own client looks around without a token, is challenged when it wants more, and signs in from that challenge.

use rmcp::{
    ClientLifecycleMode,
    model::{CallToolRequestParams, CallToolResult},
    service::ServiceError,
    transport::{
        AuthorizationRequest, auth::OAuthState, streamable_http_client::StreamableHttpError,
    },
};

use super::library::library;
use crate::sign_in::{Client, REDIRECT_URI, access_token, connected_by, consent, modern};

async fn call(client: &Client, tool: &'static str) -> Result<CallToolResult, ServiceError> {
    client.call_tool(CallToolRequestParams::new(tool)).await
}

fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}

/// What the client read out of the refusal.
fn challenge(refused: ServiceError) -> String {
    let ServiceError::TransportSend(refused) = refused else {
        panic!("{refused:?}");
    };
    let refused = refused
        .error
        .downcast::<StreamableHttpError<reqwest::Error>>()
        .unwrap();
    let StreamableHttpError::AuthRequired(refused) = *refused else {
        panic!("{refused:?}");
    };
    refused.www_authenticate_header.clone()
}

async fn signs_in(lifecycle: fn() -> ClientLifecycleMode) {
    let (world, _) = library().await;
    let ada = world.emulator.ada();
    let client = connected_by(&world, None, lifecycle()).await;
    let tools = client.list_all_tools().await.unwrap();
    assert!(tools.iter().any(|tool| tool.name == "borrow"), "{tools:?}");
    let found = call(&client, "search").await.unwrap();
    assert_eq!(text(&found), "found for a stranger");
    let challenge = challenge(call(&client, "borrow").await.unwrap_err());
    client.cancel().await.unwrap();

    let mut oauth = OAuthState::new(world.mcp_url(), None).await.unwrap();
    let request = AuthorizationRequest::new(REDIRECT_URI)
        .with_client_name("Test client")
        .with_challenge(challenge);
    oauth.start_authorization(request).await.unwrap();
    let url = oauth.get_authorization_url().await.unwrap();
    let callback = consent(&world, &url, &ada).await;
    oauth.handle_callback_url(&callback).await.unwrap();

    let token = access_token(&oauth).await;
    let client = connected_by(&world, Some(&token), lifecycle()).await;
    let lent = call(&client, "borrow").await.unwrap();
    assert_eq!(text(&lent), format!("lent to {}", ada.id()));
    let found = call(&client, "search").await.unwrap();
    assert_eq!(text(&found), format!("found for {}", ada.id()));
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_client_of_2026_07_28_signs_in_from_being_nobody() {
    signs_in(modern).await;
}

#[tokio::test]
async fn an_older_client_signs_in_from_being_nobody() {
    signs_in(|| ClientLifecycleMode::Initialize).await;
}
