//! rmcp's own OAuth client does a step-up: refused with a challenge, it asks for more scopes, and comes back.

use rmcp::{
    ClientLifecycleMode,
    model::{CallToolRequestParams, CallToolResult},
    service::ServiceError,
    transport::{
        AuthorizationRequest, auth::OAuthState, streamable_http_client::StreamableHttpError,
    },
};
use workos_mcp_emulator::Endpoint;
use workos_mcp_tests::World;

use super::workshop::workshop;
use crate::sign_in::{
    Client, REDIRECT_URI, access_token, connected_by, consent, modern, signed_in,
};

const LEGACY: fn() -> ClientLifecycleMode = || ClientLifecycleMode::Initialize;

async fn connected(world: &World, oauth: &OAuthState, lifecycle: ClientLifecycleMode) -> Client {
    connected_by(world, Some(&access_token(oauth).await), lifecycle).await
}

async fn export(client: &Client) -> Result<CallToolResult, ServiceError> {
    client
        .call_tool(CallToolRequestParams::new("export-report"))
        .await
}

/// The challenge and the scopes that the client read out of the refusal.
fn challenge(refused: ServiceError) -> (String, String) {
    let ServiceError::TransportSend(refused) = refused else {
        panic!("{refused:?}");
    };
    let refused = refused
        .error
        .downcast::<StreamableHttpError<reqwest::Error>>()
        .unwrap();
    let StreamableHttpError::InsufficientScope(refused) = *refused else {
        panic!("{refused:?}");
    };
    assert!(refused.can_upgrade());
    let scope = refused.get_required_scope().unwrap().to_owned();
    (refused.www_authenticate_header.clone(), scope)
}

async fn steps_up(lifecycle: fn() -> ClientLifecycleMode) {
    let (world, workshop) = workshop().await;
    let ada = world.emulator.ada();
    let mut oauth = signed_in(&world, &ada).await;
    let client = connected(&world, &oauth, lifecycle()).await;
    let (_, scope) = challenge(export(&client).await.unwrap_err());
    assert_eq!(workshop.entered(), 0);
    client.cancel().await.unwrap();

    let url = oauth
        .request_scope_upgrade(&scope, REDIRECT_URI)
        .await
        .unwrap();
    let callback = consent(&world, &url, &ada).await;
    oauth.handle_callback_url(&callback).await.unwrap();
    let client = connected(&world, &oauth, lifecycle()).await;
    let exported = export(&client).await.unwrap();
    assert_eq!(exported.content[0].as_text().unwrap().text, "exported");
    assert_eq!(world.emulator.requests(Endpoint::Register), 1);
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_client_of_2026_07_28_steps_up() {
    steps_up(modern).await;
}

#[tokio::test]
async fn a_client_with_a_session_steps_up() {
    steps_up(LEGACY).await;
}

/// It loses nothing by it: what it had is in the challenge, too.
#[tokio::test]
async fn a_client_that_asks_for_exactly_the_challenged_scopes_comes_back_with_enough() {
    let (world, _) = workshop().await;
    let ada = world.emulator.ada();
    let client = connected(&world, &signed_in(&world, &ada).await, modern()).await;
    let (challenge, scope) = challenge(export(&client).await.unwrap_err());
    client.cancel().await.unwrap();

    let mut oauth = OAuthState::new(world.mcp_url(), None).await.unwrap();
    let request = AuthorizationRequest::new(REDIRECT_URI)
        .with_client_name("Exact client")
        .with_challenge(challenge);
    oauth.start_authorization(request).await.unwrap();
    let url = oauth.get_authorization_url().await.unwrap();
    let asked = url::Url::parse(&url).unwrap();
    let asked = asked.query_pairs().find(|(name, _)| name == "scope");
    assert_eq!(asked.unwrap().1, scope);
    let callback = consent(&world, &url, &ada).await;
    oauth.handle_callback_url(&callback).await.unwrap();
    let client = connected(&world, &oauth, modern()).await;
    assert!(export(&client).await.is_ok());
    client.cancel().await.unwrap();
}
