//! The userinfo endpoint of OpenID Connect.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::seed;
use crate::state::Environment;
use crate::tokens::{self, Members};

pub(crate) async fn userinfo(
    State(environment): State<Arc<Environment>>,
    headers: HeaderMap,
) -> Response {
    let Some(claims) = identity(&environment, &headers) else {
        let error = json!({ "error": "unauthorized" });
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    };
    ([(CACHE_CONTROL, "no-store")], Json(claims)).into_response()
}

/// A token for a resource is not for this endpoint, nor is the token of a machine.
fn identity(environment: &Environment, headers: &HeaderMap) -> Option<Members> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let claims = tokens::verified(environment, token)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("aud") != Some(seed::CLIENT_ID) {
        return None;
    }
    let directory = environment.directory.read();
    let user = directory.user(text("sub")?)?;
    let scopes: Vec<&str> = text("scope")?.split_whitespace().collect();
    Some(tokens::identity(user, &scopes))
}
