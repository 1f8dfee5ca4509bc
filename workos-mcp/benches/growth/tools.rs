//! With the number of tools that a handler has.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri},
};
use http_body_util::BodyExt;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use tokio::runtime::{self, Runtime};
use tower::Service;

use crate::{
    client::Protocol,
    issuer::Issuer,
    many::{Many, rules},
    rounds::{each, fastest_tenth},
};

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"growth","version":"0"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;

pub(crate) fn print(runtime: &Runtime) {
    println!("a request of 2026-07-28 to a handler with so many tools, in microseconds");
    println!(
        "{:>6} {:>9} {:>9} {:>7} {:>10} {:>10} {:>7}",
        "tools", "call", "guarded", "÷", "list", "guarded", "÷"
    );
    let issuer = Issuer::start(runtime);
    let call = Protocol::Of2026.headers(&issuer.token(0));
    let mut list = call.clone();
    list.insert("mcp-method", HeaderValue::from_static("tools/list"));
    list.remove("mcp-name");
    for count in [1, 10, 100, 1000] {
        let many = Many::new(count);
        let provider = issuer.provider().tool_rules(rules(count)).build().unwrap();
        let handler = many.clone();
        let guarded = provider.router(move || Ok(handler.clone()));
        let service = StreamableHttpService::new(
            move || Ok(many.clone()),
            Arc::new(LocalSessionManager::default()),
            StreamableHttpServerConfig::default().with_allowed_hosts(["mcp.example.com"]),
        );
        let plain = Router::new().route_service("/mcp", service);
        let [plain, guarded] = [plain, guarded].map(InProcess::new);
        let [call_plain, call_guarded, list_plain, list_guarded] = fastest_tenth(
            50,
            [
                &mut || each(20, || plain.call(&call)),
                &mut || each(20, || guarded.call(&call)),
                &mut || each(3, || plain.list(&list)),
                &mut || each(3, || guarded.list(&list)),
            ],
        )
        .map(|nanoseconds| nanoseconds / 1e3);
        println!(
            "{count:>6} {call_plain:>9.1} {call_guarded:>9.1} {:>7.3} {list_plain:>10.1} {list_guarded:>10.1} {:>7.3}",
            call_guarded / call_plain,
            list_guarded / list_plain
        );
    }
}

/// A router without a network.
struct InProcess {
    router: Router,
    runtime: Runtime,
}

impl InProcess {
    fn new(router: Router) -> Self {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self { router, runtime }
    }

    fn call(&self, headers: &HeaderMap) {
        self.send(headers, Protocol::Of2026.call(), "Hello, Ada!");
    }

    fn list(&self, headers: &HeaderMap) {
        self.send(headers, LIST, r#""name":"greet""#);
    }

    fn send(&self, headers: &HeaderMap, body: &'static str, expected: &str) {
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from_static("/mcp");
        *request.headers_mut() = headers.clone();
        let mut router = self.router.clone();
        let (status, answer) = self.runtime.block_on(async {
            let answer = router.call(request).await.unwrap();
            let status = answer.status();
            (
                status,
                answer.into_body().collect().await.unwrap().to_bytes(),
            )
        });
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            status == StatusCode::OK && answer.contains(expected),
            "{status}: {answer}"
        );
    }
}
