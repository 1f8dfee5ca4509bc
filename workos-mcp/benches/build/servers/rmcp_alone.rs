use std::{error::Error, sync::Arc};

use axum::Router;
use rmcp::{
    tool, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use tokio::net::TcpListener;

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
    let service = StreamableHttpService::new(
        || Ok(Greeter),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    axum::serve(listener, Router::new().route_service("/mcp", service)).await?;
    Ok(())
}
