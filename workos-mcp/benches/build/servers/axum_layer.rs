use std::error::Error;

use axum::{Router, routing::get};
use tokio::net::TcpListener;
use workos_mcp::{Session, requires_session, workos_provider};

#[requires_session]
async fn hello(session: Session) -> Result<String, String> {
    Ok(format!("hello {}", session.user_id()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let provider = workos_provider! {}?;
    let router = Router::new()
        .route("/hello", get(hello))
        .layer(provider.layer())
        .merge(provider.metadata_router());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    axum::serve(listener, router).await?;
    Ok(())
}
