//! The parts mounted by hand: they work together, and one that is missing refuses instead of letting in.

use std::sync::Arc;

use axum::{Json, Router, body::Body, response::IntoResponse, routing::get};
use http::Request;
use rmcp::{
    ServerHandler,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use tower::Layer;
use workos_mcp::{Error, Provider, Session, session};
use workos_mcp_emulator::Emulator;
use workos_mcp_tests::{Recorder, Tools, Wire, who};

struct Mounted {
    emulator: Emulator,
    provider: Provider,
    server: JoinHandle<()>,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Mounted {
    async fn new(mount: impl FnOnce(&Provider) -> Router) -> Self {
        let emulator = Emulator::start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = provider(
            &emulator,
            &format!("http://{}", listener.local_addr().unwrap()),
        );
        let router = mount(&provider);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            emulator,
            provider,
            server,
        }
    }

    fn ada(&self) -> Wire {
        let token = self.emulator.token(&self.emulator.ada()).build();
        Wire::modern(self.provider.mcp_url(), &token)
    }

    async fn get(&self, path: &str, token: Option<&str>) -> reqwest::Response {
        let url = self.provider.mcp_url().replace("/mcp", path);
        let mut request = reqwest::Client::new().get(url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap()
    }
}

fn provider(emulator: &Emulator, base_url: &str) -> Provider {
    let provider = Provider::builder()
        .authkit_domain(emulator.issuer())
        .api_key(emulator.api_key())
        .api_url(emulator.url())
        .base_url(base_url)
        .build()
        .unwrap();
    emulator.add_resource(provider.mcp_url());
    provider
}

fn rmcp_service<H: ServerHandler>(
    factory: impl Fn() -> H + Send + Sync + 'static,
) -> StreamableHttpService<H, LocalSessionManager> {
    StreamableHttpService::new(
        move || Ok(factory()),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    )
}

#[tokio::test]
async fn layer_and_protect_by_hand_are_the_same_server() {
    let mounted = Mounted::new(|provider| {
        let protected = provider.clone();
        let service = rmcp_service(move || protected.protect(Tools::default()));
        Router::new()
            .route_service("/mcp", provider.layer().layer(service))
            .merge(provider.metadata_router())
    })
    .await;
    let reply = mounted.ada().call_tool("whoami", json!({})).await;
    assert_eq!(reply.text(), mounted.emulator.ada().id());
    assert_eq!(
        mounted
            .get("/.well-known/oauth-protected-resource/mcp", None)
            .await
            .status(),
        200
    );
    let nobody = Wire::modern(mounted.provider.mcp_url(), "garbage");
    assert_eq!(nobody.call_tool("whoami", json!({})).await.status, 401);
}

#[tokio::test]
async fn protect_without_the_layer_refuses_every_method() {
    let recorder = Recorder::default();
    let shared = recorder.clone();
    let mounted = Mounted::new(move |provider| {
        let provider = provider.clone();
        let service = rmcp_service(move || provider.protect(shared.clone()));
        Router::new().route_service("/mcp", service)
    })
    .await;
    let wire = mounted.ada();
    let called = wire.call_tool("x", json!({})).await;
    assert!(called.is_error_result(), "{called:?}");
    assert!(
        called.text().starts_with("Session not initialized: "),
        "{called:?}"
    );
    for (method, params) in [
        ("server/discover", json!({})),
        ("tools/list", json!({})),
        ("prompts/list", json!({})),
        ("prompts/get", json!({ "name": "x" })),
        ("resources/list", json!({})),
        ("resources/read", json!({ "uri": "file:///x" })),
        ("tasks/get", json!({ "taskId": "t" })),
        ("example/custom", json!({})),
    ] {
        let reply = wire.request(method, params).await;
        let message = reply.body["error"]["message"].as_str().unwrap_or_default();
        assert!(
            message.starts_with("Session not initialized: "),
            "{method}: {reply:?}"
        );
    }
    for method in [
        "call_tool",
        "discover",
        "list_tools",
        "list_prompts",
        "get_prompt",
        "list_resources",
        "read_resource",
        "get_task",
        "on_custom_request",
    ] {
        assert!(recorder.ran_for(method).is_empty(), "{method}");
    }
}

#[tokio::test]
async fn protect_behind_the_layer_of_another_provider_refuses() {
    let other = Emulator::start().await.unwrap();
    let mounted = Mounted::new(|guard| {
        let stranger = provider(&other, "http://localhost:1");
        let service = rmcp_service(move || stranger.protect(Tools::default()));
        Router::new().route_service("/mcp", guard.layer().layer(service))
    })
    .await;
    let reply = mounted.ada().call_tool("whoami", json!({})).await;
    assert!(
        reply.is_error_result() && reply.text().starts_with("Session not initialized: "),
        "{reply:?}"
    );
}

#[tokio::test]
async fn the_layer_without_protect_lets_a_tool_find_nobody() {
    let mounted = Mounted::new(|provider| {
        let service = rmcp_service(Tools::default);
        Router::new().route_service("/mcp", provider.layer().layer(service))
    })
    .await;
    let wire = mounted.ada();
    assert_eq!(
        wire.call_tool("whoami", json!({})).await.text(),
        "SessionNotInitialized"
    );
    let greeted = wire.call_tool("greet", json!({ "name": "Ada" })).await;
    assert!(greeted.is_error_result());
    assert!(
        greeted.text().contains("`Provider::protect`"),
        "{}",
        greeted.text()
    );
}

async fn by_function() -> Result<String, Error> {
    Ok(session()?.user_id().to_owned())
}

async fn by_parameter(session: Session) -> String {
    session.user_id().to_owned()
}

async fn by_optional_parameter(session: Option<Session>) -> Json<Value> {
    Json(json!(session.map(|session| session.user_id().to_owned())))
}

async fn saw_no_token(request: Request<Body>) -> impl IntoResponse {
    let has_token = request.headers().contains_key("authorization");
    format!("{has_token} {}", who())
}

#[tokio::test]
async fn the_layer_guards_other_routes_of_an_axum_application() {
    let mounted = Mounted::new(|provider| {
        Router::new()
            .route("/function", get(by_function))
            .route("/parameter", get(by_parameter))
            .route("/optional", get(by_optional_parameter))
            .route("/request", get(saw_no_token))
            .layer(provider.layer())
            .route("/open", get(|| async { who() }))
    })
    .await;
    let ada = mounted.emulator.ada();
    let token = mounted.emulator.token(&ada).build();
    for (path, answer) in [
        ("/function", ada.id().to_owned()),
        ("/parameter", ada.id().to_owned()),
        ("/optional", json!(ada.id()).to_string()),
        ("/request", format!("false {}", ada.id())),
        ("/open", "SessionNotInitialized".to_owned()),
    ] {
        let response = mounted.get(path, Some(&token)).await;
        assert_eq!(
            (response.status().as_u16(), response.text().await.unwrap()),
            (200, answer),
            "{path}"
        );
    }
    for path in ["/function", "/parameter", "/optional", "/request"] {
        assert_eq!(mounted.get(path, None).await.status(), 401, "{path}");
    }
}

#[tokio::test]
async fn handlers_outside_of_the_layer_are_told_what_to_check() {
    let mounted = Mounted::new(|_| {
        Router::new()
            .route("/function", get(by_function))
            .route("/parameter", get(by_parameter))
            .route("/optional", get(by_optional_parameter))
    })
    .await;
    for path in ["/function", "/parameter", "/optional"] {
        let response = mounted.get(path, None).await;
        assert_eq!(response.status(), 500, "{path}");
        let text = response.text().await.unwrap();
        assert!(
            text.starts_with("Session not initialized: ") && text.contains("`Provider::layer`"),
            "{text}"
        );
    }
}
