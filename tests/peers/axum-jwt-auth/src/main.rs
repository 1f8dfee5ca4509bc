//! axum-jwt-auth, an extractor: the inner handler asks for the claims. No router is around it, which is in its favour.

use std::{process::ExitCode, sync::Arc};

use axum::{body::Body, extract::FromRef, handler::Handler};
use axum_jwt_auth::{Claims, Decoder, RemoteJwksDecoder};
use harness::Site;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;

#[derive(Clone, Deserialize)]
#[expect(
    dead_code,
    reason = "read by nobody, but had from the token, as others have theirs"
)]
struct Token {
    sub: String,
    client_id: String,
    org_id: String,
    scope: String,
    exp: u64,
}

#[derive(Clone, FromRef)]
struct State {
    decoder: Decoder<Token>,
}

async fn handler(_: Claims<Token>) {}

fn main() -> ExitCode {
    harness::run::<Body, _, Body>(async |site: &Site| {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[&site.resource]);
        validation.set_issuer(&[&site.issuer]);
        let decoder = RemoteJwksDecoder::builder()
            .jwks_url(site.key_set_url())
            .validation(validation)
            .build()?;
        // The token that it returns would stop the fetching of keys; dropped, it does not.
        decoder.initialize().await?;
        let decoder = Arc::new(decoder);
        Ok(handler.with_state(State { decoder }))
    })
}
