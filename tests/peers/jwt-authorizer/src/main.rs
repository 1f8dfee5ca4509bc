//! jwt-authorizer, which checks with ring.

use std::process::ExitCode;

use axum::body::Body;
use harness::{Site, handler};
use jwt_authorizer::{Authorizer, IntoLayer, JwtAuthorizer, Validation};
use tower::Layer;

fn main() -> ExitCode {
    harness::run::<Body, _, Body>(async |site: &Site| {
        let validation = Validation::new()
            .iss(&[&site.issuer])
            .aud(&[&site.resource]);
        let authorizer: Authorizer = JwtAuthorizer::from_jwks_url(&site.key_set_url())
            .validation(validation)
            .build()
            .await?;
        Ok(authorizer.into_layer().layer(handler::<Body, Body>()))
    })
}
