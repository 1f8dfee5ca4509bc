//! The introspection endpoint (RFC 7662).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use super::client_authentication::authenticate;
use super::oauth::{OAuthError, Parameters};
use crate::state::Environment;
use crate::tokens;

/// What AuthKit repeats of an access token: neither `scope` nor `aud`.
const REPEATED: [&str; 8] = [
    "iss",
    "sub",
    "sid",
    "org_id",
    "jti",
    "client_id",
    "exp",
    "iat",
];

pub(crate) async fn introspect(
    State(environment): State<Arc<Environment>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, OAuthError> {
    let parameters = Parameters::from_form(&headers, body)?;
    let client = authenticate(&environment, &headers, &parameters)?;
    if client.secret.is_none() {
        return Err(OAuthError::invalid_client(
            "send the client_id and client_secret of an application: this client has no secret",
        ));
    }
    let token = parameters.require("token")?;
    let answer = access_token(&environment, token)
        .or_else(|| refresh_token(&environment, token))
        .unwrap_or_else(|| json!({ "active": false }));
    tracing::info!(
        "introspection: for client {}, active {}",
        client.id,
        answer["active"]
    );
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

fn access_token(environment: &Environment, token: &str) -> Option<Value> {
    let claims = tokens::verified(environment, token)?;
    // An ID token has the same issuer and the same key, but no `jti`.
    claims.get("jti")?;
    let mut answer = json!({ "active": true, "token_type": "access_token" });
    for name in REPEATED {
        if let Some(value) = claims.get(name) {
            answer[name] = value.clone();
        }
    }
    Some(answer)
}

fn refresh_token(environment: &Environment, token: &str) -> Option<Value> {
    let grant = environment.grants.lock().active_grant(token)?;
    let mut answer = json!({
        "active": true,
        "token_type": "refresh_token",
        "iss": environment.issuer,
        "sub": grant.user_id,
        "sid": grant.consent_id,
        "client_id": grant.client_id,
    });
    if let Some(organization) = &grant.organization_id {
        answer["org_id"] = json!(organization);
    }
    Some(answer)
}
