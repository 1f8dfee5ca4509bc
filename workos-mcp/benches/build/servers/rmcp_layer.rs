use std::{error::Error, sync::Arc};

use axum::Router;
use rmcp::{
    tool, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use tokio::net::TcpListener;
use workos_mcp::workos_provider;

#[derive(Clone)]
struct Greeter;

#[tool_router(server_handler)]
impl Greeter {
    /// Says hello.
    #[tool]
    async fn hello(&self) -> Result<String, String> {
        Ok("hello".to_owned())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let provider = workos_provider! {}?;
    let service = StreamableHttpService::new(
        || Ok(Greeter),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    );
    let router = Router::new()
        .route_service("/mcp", service)
        .layer(provider.layer())
        .merge(provider.metadata_router());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    axum::serve(listener, router).await?;
    Ok(())
}
