//! rmcp's own OAuth client signs in from nothing but the server's URL, calls, and refreshes, in both eras.

use std::time::Duration;

use rmcp::{
    ClientLifecycleMode, ClientServiceExt, RoleClient,
    model::{CallToolRequestParams, ProtocolVersion},
    service::RunningService,
    transport::{
        AuthClient, AuthorizationRequest, StreamableHttpClientTransport, auth::OAuthState,
        streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::json;
use workos_mcp::Limits;
use workos_mcp_emulator::{Endpoint, User};
use workos_mcp_tests::{Tools, Wire, World};

pub(crate) type Client = RunningService<RoleClient, ()>;

pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:9/callback";

/// What a person does: opens the authorization URL, is signed in, and is sent back with a code.
pub(crate) async fn consent(world: &World, authorization_url: &str, user: &User) -> String {
    let url = format!("{authorization_url}&login_hint={}", user.email());
    let response = world.http.get(url).send().await.unwrap();
    assert!(
        response.status().is_redirection(),
        "{}",
        response.text().await.unwrap()
    );
    response.headers()["location"].to_str().unwrap().to_owned()
}

pub(crate) async fn signed_in(world: &World, user: &User) -> OAuthState {
    let challenge = world.http.post(world.mcp_url()).send().await.unwrap();
    assert_eq!(challenge.status(), 401);
    let challenge = challenge.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .to_owned();

    let mut oauth = OAuthState::new(world.mcp_url(), None).await.unwrap();
    let request = AuthorizationRequest::new(REDIRECT_URI)
        .with_client_name("Test client")
        .with_challenge(challenge);
    oauth.start_authorization(request).await.unwrap();
    let url = oauth.get_authorization_url().await.unwrap();
    let resource = url::Url::parse(&url)
        .unwrap()
        .query_pairs()
        .find(|(name, _)| name == "resource")
        .map(|(_, value)| value.into_owned());
    assert_eq!(resource.as_deref(), Some(world.mcp_url()));
    let callback = consent(world, &url, user).await;
    oauth.handle_callback_url(&callback).await.unwrap();
    oauth
}

/// A client with this token, or with none.
pub(crate) async fn connected_by(
    world: &World,
    token: Option<&str>,
    lifecycle: ClientLifecycleMode,
) -> Client {
    let mut config = StreamableHttpClientTransportConfig::with_uri(world.mcp_url().to_owned());
    if let Some(token) = token {
        config = config.auth_header(token);
    }
    let transport = StreamableHttpClientTransport::with_client(reqwest::Client::new(), config);
    ().serve_with_lifecycle(transport, lifecycle).await.unwrap()
}

/// The access token that the client holds.
pub(crate) async fn access_token(oauth: &OAuthState) -> String {
    let (_, credentials) = oauth.get_credentials().await.unwrap();
    let credentials = serde_json::to_value(credentials.unwrap()).unwrap();
    credentials["access_token"].as_str().unwrap().to_owned()
}

async fn connected(world: &World, user: &User, lifecycle: ClientLifecycleMode) -> Client {
    let manager = signed_in(world, user)
        .await
        .into_authorization_manager()
        .unwrap();
    let transport = StreamableHttpClientTransport::with_client(
        AuthClient::new(reqwest::Client::new(), manager),
        StreamableHttpClientTransportConfig::with_uri(world.mcp_url().to_owned()),
    );
    ().serve_with_lifecycle(transport, lifecycle).await.unwrap()
}

pub(crate) fn modern() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    }
}

async fn greet(client: &Client) -> String {
    let arguments = json!({ "name": "Ada" }).as_object().cloned().unwrap();
    let params = CallToolRequestParams::new("greet").with_arguments(arguments);
    let result = client.call_tool(params).await.unwrap();
    result.content[0].as_text().unwrap().text.clone()
}

async fn signs_in_lists_and_greets(lifecycle: ClientLifecycleMode) {
    let world = World::start().await;
    let ada = world.emulator.ada();
    let client = connected(&world, &ada, lifecycle).await;

    let tools = client.list_all_tools().await.unwrap();
    assert!(tools.iter().any(|tool| tool.name == "greet"), "{tools:?}");
    assert_eq!(
        greet(&client).await,
        format!("Hello, Ada! Your WorkOS user ID is {}", ada.id())
    );

    for (endpoint, requests) in [
        (Endpoint::Register, 1),
        (Endpoint::Authorize, 1),
        (Endpoint::Token, 1),
    ] {
        assert_eq!(world.emulator.requests(endpoint), requests, "{endpoint:?}");
    }
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_client_of_2026_07_28_signs_in_from_the_challenge_lists_and_calls() {
    signs_in_lists_and_greets(modern()).await;
}

#[tokio::test]
async fn a_client_with_a_session_signs_in_from_the_challenge_lists_and_calls() {
    signs_in_lists_and_greets(ClientLifecycleMode::Initialize).await;
}

async fn refreshes_after_expiry(lifecycle: ClientLifecycleMode) {
    let world = World::builder()
        .configure(|builder| {
            let mut limits = Limits::default();
            limits.clock_leeway = Duration::ZERO;
            builder.limits(limits)
        })
        .start(|| Ok(Tools::default()))
        .await;
    world
        .emulator
        .set_access_token_lifetime(Duration::from_secs(1));
    let grace = world.emulator.grace();
    let oauth = signed_in(&world, &grace).await;
    let (_, credentials) = oauth.get_credentials().await.unwrap();
    let credentials = serde_json::to_value(credentials.unwrap()).unwrap();
    let first = credentials["access_token"].as_str().unwrap().to_owned();
    // From here on tokens live long enough for the rest of the test.
    world
        .emulator
        .set_access_token_lifetime(Duration::from_secs(300));

    let wire = Wire::modern(world.mcp_url(), &first);
    let until_refused = async {
        loop {
            let reply = wire.request("tools/list", json!({})).await;
            if reply.status != 200 {
                return reply;
            }
        }
    };
    let expired = tokio::time::timeout(Duration::from_secs(20), until_refused)
        .await
        .expect("a token of one second is refused");
    assert_eq!(expired.status, 401);
    assert!(
        expired
            .header("www-authenticate")
            .contains("the access token has expired; refresh it")
    );

    let manager = oauth.into_authorization_manager().unwrap();
    let transport = StreamableHttpClientTransport::with_client(
        AuthClient::new(reqwest::Client::new(), manager),
        StreamableHttpClientTransportConfig::with_uri(world.mcp_url().to_owned()),
    );
    let client = ().serve_with_lifecycle(transport, lifecycle).await.unwrap();
    assert!(greet(&client).await.ends_with(grace.id()));
    assert_eq!(
        world.emulator.requests(Endpoint::Authorize),
        1,
        "nobody had to sign in again"
    );
    assert_eq!(world.emulator.requests(Endpoint::Token), 2);
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_client_of_2026_07_28_refreshes_an_expired_token_and_calls_on() {
    refreshes_after_expiry(modern()).await;
}

#[tokio::test]
async fn a_client_with_a_session_refreshes_an_expired_token_and_calls_on() {
    refreshes_after_expiry(ClientLifecycleMode::Initialize).await;
}

// Attacks: 5.
#[tokio::test]
async fn a_session_goes_on_with_a_refreshed_token_of_the_same_user() {
    let world = World::start().await;
    let ada = world.emulator.ada();
    let mut wire = world.legacy(&ada).await;
    wire.token = world.emulator.token(&ada).expires_in(900).build();
    assert_eq!(wire.call_tool("whoami", json!({})).await.text(), ada.id());
}

// Attacks: 8.
#[tokio::test]
async fn a_client_that_asks_for_exactly_the_challenged_scopes_gets_a_refresh_token() {
    let world = World::start().await;
    let oauth = signed_in(&world, &world.emulator.ada()).await;
    let (_, credentials) = oauth.get_credentials().await.unwrap();
    let credentials = serde_json::to_value(credentials.unwrap()).unwrap();
    assert_eq!(credentials["scope"], "openid profile email offline_access");
    assert!(credentials["refresh_token"].is_string());
}
