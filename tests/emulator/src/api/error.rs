//! Errors in the form of the WorkOS API.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

#[derive(Debug)]
pub(super) struct ApiError(StatusCode, Value);

impl ApiError {
    pub(super) fn unauthorized() -> Self {
        let body = json!({ "message": "Unauthorized" });
        Self(StatusCode::UNAUTHORIZED, body)
    }

    pub(super) fn not_found(kind: &str, id: &str) -> Self {
        Self(
            StatusCode::NOT_FOUND,
            json!({
                "message": format!("{kind} not found: '{id}'."),
                "code": "entity_not_found",
                "entity_id": id,
            }),
        )
    }

    pub(super) fn invalid(field: &str, rule: &str) -> Self {
        Self(
            StatusCode::UNPROCESSABLE_ENTITY,
            json!({
                "message": format!("Validation failed: {field} {rule}."),
                "code": "invalid_request_parameters",
                "errors": [{ "field": field, "code": "invalid" }],
            }),
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}
