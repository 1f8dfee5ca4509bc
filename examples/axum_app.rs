//! An existing axum application that gets an MCP endpoint, and a guarded route of its own, beside public ones.
//!
//! ```sh
//! cargo run --example axum_app
//! curl http://localhost:8000/
//! ```
//!
//! Without any configuration it runs on a local AuthKit and prints a command that calls the tool. The access
//! token that it prints opens `/api/me` too:
//!
//! ```sh
//! curl -H "Authorization: Bearer $TOKEN" http://localhost:8000/api/me
//! ```

use axum::{Router, response::Html, routing::get, serve::ListenerExt};
use rmcp::{tool, tool_router};
use serde_json::json;
use tokio::net::TcpListener;
use workos_mcp::{Error, Session, User, requires_session, workos_user};
use workos_mcp_examples::{Call, Caller::AdaOfAcme, LocalAuthKit, provider};

struct Tools;

#[tool_router(server_handler)]
impl Tools {
    /// Who am I?
    #[requires_session]
    #[tool]
    async fn whoami(&self, session: Session) -> Result<String, Error> {
        Ok(session.user_id().to_owned())
    }
}

/// A page for everybody.
async fn home() -> Html<&'static str> {
    Html("<h1>An application</h1><p>Its MCP endpoint is at <code>/mcp</code>.</p>")
}

/// A route behind the same guard, with the same attributes.
#[workos_user]
async fn me(user: User) -> Result<String, Error> {
    Ok(json!(*user).to_string())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let local = LocalAuthKit::unless_configured().await?;
    let provider = provider(local.as_ref())?;
    if let Some(local) = &local {
        local.introduce(&provider, &[Call::tool(AdaOfAcme, "whoami", &json!({}))]);
    }

    let guarded = Router::new()
        .route("/api/me", get(me))
        .layer(provider.layer());
    let application = Router::new()
        .route("/", get(home))
        .merge(guarded)
        .merge(provider.router(|| Ok(Tools)));

    // Without TCP_NODELAY each of rmcp's streamed answers waits for a delayed acknowledgement.
    let listener = TcpListener::bind(provider.bind_address())
        .await?
        .tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
    axum::serve(listener, application).await?;
    Ok(())
}
