//! What AuthKit says about itself: its metadata and its keys.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use super::clients::ClientAuthentication;
use crate::state::Environment;

/// RFC 8414. Endpoints and grants which the emulator does not have are left out, because a client
/// that reads of them would use them.
pub(crate) async fn metadata(State(environment): State<Arc<Environment>>) -> Json<Value> {
    let issuer = &environment.issuer;
    let settings = environment.settings.read();
    Json(json!({
        "authorization_endpoint": format!("{issuer}/oauth2/authorize"),
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/oauth2/jwks"),
        "registration_endpoint": format!("{issuer}/oauth2/register"),
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "scopes_supported": settings.scopes(),
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ClientAuthentication::ALL,
    }))
}

pub(crate) async fn jwks(State(environment): State<Arc<Environment>>) -> impl IntoResponse {
    (
        [(CACHE_CONTROL, "max-age=300")],
        Json(environment.keys.jwks()),
    )
}
