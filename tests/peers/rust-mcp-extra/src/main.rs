//! rust-mcp-extra: its `WorkOS` provider behind the middleware of rust-mcp-sdk, composed for each request as there.
//!
//! It asks the userinfo endpoint about a token that it has not seen for a quarter of an hour, over the network. The
//! tokens measured here are all seen before, so this is not in its number.

use std::{process::ExitCode, sync::Arc, time::Duration};

use harness::Site;
use http::{Request, StatusCode};
use rust_mcp_extra::auth_provider::work_os::{WorkOSAuthOptions, WorkOsAuthProvider};
use rust_mcp_sdk::{
    ToMcpServerHandler,
    id_generator::{FastIdGenerator, UuidGenerator},
    mcp_http::{
        DEFAULT_MAX_LISTEN_STREAMS, GenericBody, GenericBodyExt, McpAppState, Middleware,
        middleware::{AuthMiddleware, compose},
    },
    mcp_server::ServerHandler,
    schema::{Implementation, ServerCapabilities},
};
use tower::service_fn;

struct Tools;

impl ServerHandler for Tools {}

fn main() -> ExitCode {
    harness::run::<&'static str, _, GenericBody>(async |site: &Site| {
        let provider = WorkOsAuthProvider::new(WorkOSAuthOptions {
            authkit_domain: site.issuer.clone(),
            mcp_server_url: site.resource.clone(),
            required_scopes: None,
            token_verifier: None,
            resource_name: None,
            resource_documentation: None,
            validate_audience: None,
            disable_audience_validation: false,
        })
        // Its error is not `Sync`.
        .map_err(|error| error.to_string())?;
        let middlewares: Arc<[Arc<dyn Middleware>]> =
            Arc::new([Arc::new(AuthMiddleware::new(Arc::new(provider)))]);
        let state = Arc::new(state());
        Ok(service_fn(move |request: Request<&'static str>| {
            let handler = compose(
                &*middlewares,
                Box::new(|_, _| {
                    Box::pin(async { Ok(GenericBody::empty().into_response(StatusCode::OK, None)) })
                }),
            );
            handler(request, Arc::clone(&state))
        }))
    })
}

/// The middleware hands it on unread.
fn state() -> McpAppState {
    McpAppState {
        id_generator: Arc::new(UuidGenerator {}),
        stream_id_gen: Arc::new(FastIdGenerator::new(None)),
        server_details: Arc::new(rust_mcp_sdk::ServerDetails {
            server_info: Implementation {
                name: "tools".to_owned(),
                title: None,
                version: "0.0.0".to_owned(),
                description: None,
                icons: Vec::new(),
                website_url: None,
            },
            capabilities: ServerCapabilities::default(),
            instructions: None,
            meta: None,
        }),
        handler: Tools.to_mcp_server_handler(),
        ping_interval: Duration::from_secs(15),
        transport_options: Arc::default(),
        enable_json_response: false,
        message_observer: None,
        extensions: Arc::default(),
        active_listen_streams: Arc::default(),
        max_listen_streams: DEFAULT_MAX_LISTEN_STREAMS,
    }
}
