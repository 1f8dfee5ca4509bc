//! The loopback server.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower_http::cors::CorsLayer;

use crate::api;
use crate::authkit;
use crate::endpoint::Endpoint;
use crate::faults::{self, Reset};
use crate::state::Environment;

/// A request line and headers beyond this are refused, which also bounds what a code remembers.
const MAX_HEAD: usize = 32 * 1024;

/// Bounds what a registered client can make the emulator remember.
const MAX_BODY: usize = 32 * 1024;

pub(crate) fn router(environment: &Arc<Environment>) -> Router {
    let gated = |endpoint, handler: MethodRouter<Arc<Environment>>| {
        let state = (Arc::clone(environment), endpoint);
        handler.route_layer(from_fn_with_state(state, faults::pass))
    };
    let authkit = Router::new()
        .route(
            "/.well-known/oauth-authorization-server",
            gated(
                Endpoint::AuthorizationServerMetadata,
                get(authkit::metadata),
            ),
        )
        .route(
            "/.well-known/openid-configuration",
            gated(
                Endpoint::OpenIdConfiguration,
                get(authkit::openid_configuration),
            ),
        )
        .route(
            "/oauth2/register",
            gated(Endpoint::Register, post(authkit::register)),
        )
        .route(
            "/oauth2/token",
            gated(Endpoint::Token, post(authkit::token)),
        )
        .route("/oauth2/jwks", gated(Endpoint::Jwks, get(authkit::jwks)))
        .route(
            "/oauth2/userinfo",
            gated(
                Endpoint::UserInfo,
                get(authkit::userinfo).post(authkit::userinfo),
            ),
        )
        .route(
            "/oauth2/introspection",
            gated(Endpoint::Introspection, post(authkit::introspect)),
        )
        .route(
            "/oauth2/authorize",
            gated(Endpoint::Authorize, get(authkit::authorize)),
        )
        .layer(CorsLayer::permissive());
    // Not for other websites.
    let sign_in = Router::new().route(
        "/sign-in",
        gated(Endpoint::SignIn, get(authkit::show).post(authkit::decide)),
    );
    authkit
        .merge(sign_in)
        .merge(api::router(gated))
        .layer(DefaultBodyLimit::max(MAX_BODY))
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
