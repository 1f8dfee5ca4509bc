//! The loopback server.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower_http::cors::CorsLayer;

use crate::authkit;
use crate::faults::{self, Endpoint, Reset};
use crate::state::Environment;
use crate::workos_api;

/// A request line and headers beyond this are refused, which also bounds what a code remembers.
const MAX_HEAD: usize = 32 * 1024;

/// Bounds what a registered client can make the emulator remember.
const MAX_BODY: usize = 32 * 1024;

pub(crate) fn router(environment: &Arc<Environment>) -> Router {
    let gate = |endpoint| from_fn_with_state((Arc::clone(environment), endpoint), faults::pass);
    let authkit = Router::new()
        .route(
            "/.well-known/oauth-authorization-server",
            get(authkit::metadata).route_layer(gate(Endpoint::AuthorizationServerMetadata)),
        )
        .route(
            "/oauth2/register",
            post(authkit::register).route_layer(gate(Endpoint::Register)),
        )
        .route(
            "/oauth2/authorize",
            get(authkit::authorize).route_layer(gate(Endpoint::Authorize)),
        )
        .route(
            "/oauth2/token",
            post(authkit::token).route_layer(gate(Endpoint::Token)),
        )
        .route(
            "/oauth2/jwks",
            get(authkit::jwks).route_layer(gate(Endpoint::Jwks)),
        )
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CorsLayer::permissive());
    let workos_api = Router::new()
        .route(
            "/user_management/users/{id}",
            get(workos_api::get_user).route_layer(gate(Endpoint::GetUser)),
        )
        .route(
            "/user_management/organization_memberships",
            get(workos_api::list_memberships).route_layer(gate(Endpoint::ListMemberships)),
        )
        .layer(axum::middleware::map_response(workos_api::name_request));
    authkit
        .merge(workos_api)
        .with_state(Arc::clone(environment))
}

/// Serves until it is dropped, and then ends every connection too: one that is kept alive must
/// not go on answering for an emulator that is gone.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone()));
                }
                Err(error) => {
                    tracing::warn!("no connection could be accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    // Without it, small answers wait for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let response = router.call(request);
        async move {
            let Ok(response) = response.await;
            match response.extensions().get::<Reset>() {
                // An error of the service makes hyper close the connection.
                Some(Reset) => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                None => Ok(response),
            }
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!("a connection ended: {error}");
    }
}
