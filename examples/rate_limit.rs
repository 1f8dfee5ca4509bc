//! So many requests for each caller, and no more.
//!
//! ```sh
//! cargo run --example rate_limit
//! ```
//!
//! Without any configuration it runs on a local AuthKit and prints a command that calls a tool six times: the first five
//! calls are answered, the sixth gets a 429 that says when to come back. Whoever else calls has five of their own.
//!
//! The limiter stands inside of the guard, so that it counts principals that are known to be good, not addresses, which
//! people share and change.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, Response, StatusCode, header},
    serve::ListenerExt,
};
use rmcp::{
    tool, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use serde_json::json;
use tokio::net::TcpListener;
use tower_governor::{
    GovernorError, GovernorLayer, governor::GovernorConfigBuilder, key_extractor::KeyExtractor,
};
use workos_mcp::{Error, Principal, principal};
use workos_mcp_examples::{
    Call,
    Caller::{AdaOfAcme, GraceOfAcme},
    LocalAuthKit, provider,
};

/// How many requests may come at once.
const BURST: u32 = 5;
/// After how long each of them is granted anew.
const PERIOD: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Tools;

#[tool_router(server_handler)]
impl Tools {
    /// Who am I?
    #[tool]
    async fn whoami(&self) -> Result<String, Error> {
        Ok(principal()?.subject().to_owned())
    }
}

/// The caller, as the guard found it: a user in one organization is counted apart from the same user in the next.
#[derive(Clone)]
struct ByPrincipal;

impl KeyExtractor for ByPrincipal {
    type Key = Principal;

    fn extract<T>(&self, _: &Request<T>) -> Result<Principal, GovernorError> {
        principal().map_err(|_| GovernorError::UnableToExtractKey)
    }
}

fn refused(error: &GovernorError) -> Response<Body> {
    let GovernorError::TooManyRequests { wait_time, .. } = error else {
        // Without a principal the limiter stands outside of the guard.
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    };
    let mut response = Response::new(Body::from("too many requests; retry later\n"));
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    // The limiter rounds down, and whoever comes back a moment too early is refused again.
    let seconds = HeaderValue::from(wait_time + 1);
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let local = LocalAuthKit::unless_configured().await?;
    let provider = provider(local.as_ref())?;
    if let Some(local) = &local {
        let whoami = |caller| Call::tool(caller, "whoami", &json!({})).with_head();
        let calls = [whoami(AdaOfAcme).times(BURST + 1), whoami(GraceOfAcme)];
        local.introduce(&provider, &calls);
    }

    let limits = GovernorConfigBuilder::default()
        .key_extractor(ByPrincipal)
        .period(PERIOD)
        .burst_size(BURST)
        .finish()
        .ok_or("neither period nor burst may be zero")?;
    let limiter = limits.limiter().clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(PERIOD * BURST);
        loop {
            ticks.tick().await;
            // Who has not called for so long begins anew anyway; else every caller ever would stay in memory.
            limiter.retain_recent();
        }
    });

    let protected = provider.protect(Tools);
    let mcp = StreamableHttpService::new(
        move || Ok(protected.clone()),
        Arc::new(LocalSessionManager::default()),
        // The guard has checked `Host` and `Origin` by the time that rmcp sees a request.
        StreamableHttpServerConfig::default().disable_allowed_hosts(),
    );
    // Of two layers the later one is the outer one.
    let application = Router::new()
        .route_service("/mcp", mcp)
        .layer(GovernorLayer::new(limits).error_handler(|error| refused(&error)))
        .layer(provider.layer())
        .merge(provider.metadata_router());

    // Without TCP_NODELAY each of rmcp's streamed answers waits for a delayed acknowledgement.
    let listener = TcpListener::bind(provider.bind_address())
        .await?
        .tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
    axum::serve(listener, application).await?;
    Ok(())
}
