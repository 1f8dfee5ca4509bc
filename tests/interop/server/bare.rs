//! The fixture on rmcp alone. What differs from here is the doing of this crate.

use std::{error::Error, sync::Arc};

use axum::{Router, serve::ListenerExt};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use workos_mcp::Limits;

use crate::{Options, announce, fixture::World};

/// Configures rmcp as `Provider::router` does.
pub(crate) async fn serve(
    listener: TcpListener,
    base_url: &str,
    options: &Options,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let anywhere_here = ["http://localhost:*", "http://127.0.0.1:*"].map(str::to_owned);
    let allowed_origins = if options.allowed_origin.is_empty() {
        anywhere_here.to_vec()
    } else {
        options.allowed_origin.clone()
    };
    let stopping = CancellationToken::new();
    let config = StreamableHttpServerConfig::default()
        .with_allowed_hosts(["localhost", "127.0.0.1", "[::1]"])
        .with_allowed_origins(allowed_origins)
        .enforce_origin_validation()
        .with_max_request_body_bytes(Limits::default().body_bytes)
        .with_cancellation_token(stopping.clone());
    let world = World::new()?;
    let service = StreamableHttpService::new(
        move || Ok(world.handler()),
        Arc::new(LocalSessionManager::default()),
        config,
    );
    let router = Router::new().route_service("/mcp", service);
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    announce(&json!({ "mcpUrl": format!("{base_url}/mcp") }))?;
    let stopped = async move {
        stop.await;
        stopping.cancel();
    };
    Ok(axum::serve(listener, router)
        .with_graceful_shutdown(stopped)
        .await?)
}
