//! The validation of API keys.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::error::ApiError;
use crate::api_keys::ApiKey;

#[derive(Deserialize)]
pub(super) struct Validation {
    value: String,
}

/// A key that is not valid is no error: the answer holds `null`.
pub(super) async fn validate(
    State(environment): Shared,
    body: Result<Json<Validation>, JsonRejection>,
) -> Result<Json<Value>, ApiError> {
    let Json(Validation { value }) =
        body.map_err(|_| ApiError::invalid("value", "must be a string"))?;
    let directory = environment.directory.read();
    let valid = directory.api_keys.iter().find(|key| key.is_valid(&value));
    Ok(Json(json!({
        "api_key": valid.map(ApiKey::to_json),
        "agent_registration_id": null,
    })))
}
