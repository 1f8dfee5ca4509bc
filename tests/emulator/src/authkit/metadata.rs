//! What AuthKit says about itself: its metadata and its keys.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use super::clients::ClientAuthentication;
use crate::state::Environment;

/// RFC 8414. The device endpoint and its grant are left out, because a client that reads of them
/// would use them.
pub(crate) async fn metadata(State(environment): State<Arc<Environment>>) -> Json<Value> {
    let issuer = &environment.issuer;
    let mut metadata = common(&environment, &["authorization_code", "refresh_token"]);
    metadata["code_challenge_methods_supported"] = json!(["S256"]);
    metadata["introspection_endpoint"] = json!(format!("{issuer}/oauth2/introspection"));
    metadata["registration_endpoint"] = json!(format!("{issuer}/oauth2/register"));
    if environment.client_metadata.is_on() {
        metadata["client_id_metadata_document_supported"] = json!(true);
    }
    Json(metadata)
}

/// OpenID Connect Discovery. At AuthKit it knows nothing of registration, of client metadata
/// documents and of PKCE, which is why a client has to read the other document.
pub(crate) async fn openid_configuration(
    State(environment): State<Arc<Environment>>,
) -> Json<Value> {
    let issuer = &environment.issuer;
    let grants = ["authorization_code", "refresh_token", "client_credentials"];
    let mut metadata = common(&environment, &grants);
    metadata["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    metadata["subject_types_supported"] = json!(["public"]);
    metadata["userinfo_endpoint"] = json!(format!("{issuer}/oauth2/userinfo"));
    Json(metadata)
}

fn common(environment: &Environment, grant_types: &[&str]) -> Value {
    let issuer = &environment.issuer;
    json!({
        "authorization_endpoint": format!("{issuer}/oauth2/authorize"),
        "grant_types_supported": grant_types,
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/oauth2/jwks"),
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "scopes_supported": environment.settings.read().scopes(),
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ClientAuthentication::ALL,
    })
}

pub(crate) async fn jwks(State(environment): State<Arc<Environment>>) -> impl IntoResponse {
    (
        [(CACHE_CONTROL, "max-age=300")],
        Json(environment.keys.jwks()),
    )
}
