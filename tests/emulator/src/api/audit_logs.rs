//! The audit log.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::error::ApiError;
use crate::records::AuditLogEvent;

#[derive(Deserialize)]
pub(super) struct Ingestion {
    organization_id: String,
    event: Value,
}

pub(super) async fn create(
    State(environment): Shared,
    headers: HeaderMap,
    body: Result<Json<Ingestion>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let Json(Ingestion {
        organization_id,
        event,
    }) = body.map_err(|_| ApiError::invalid("organization_id", "and event must be given"))?;
    check(&event)?;
    if environment
        .directory
        .read()
        .organization(&organization_id)
        .is_none()
    {
        return Err(ApiError::not_found("Organization", &organization_id));
    }
    let idempotency_key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .map(str::to_owned);
    tracing::info!(
        "audit log: {} of {organization_id}",
        event["action"].as_str().unwrap_or_default()
    );
    environment.records.audit(AuditLogEvent {
        organization_id,
        idempotency_key,
        event,
    });
    Ok((StatusCode::CREATED, Json(json!({ "success": true }))))
}

/// What every event has, whatever the schema of its action.
fn check(event: &Value) -> Result<(), ApiError> {
    const TEXTS: [&str; 5] = [
        "/action",
        "/occurred_at",
        "/actor/id",
        "/actor/type",
        "/context/location",
    ];
    let is_text = |path: &str| event.pointer(path).is_some_and(Value::is_string);
    if let Some(path) = TEXTS.into_iter().find(|path| !is_text(path)) {
        let field = format!("event{}", path.replace('/', "."));
        return Err(ApiError::invalid(&field, "must be a string"));
    }
    match event["targets"].as_array() {
        Some(targets) if !targets.is_empty() => Ok(()),
        _ => Err(ApiError::invalid("event.targets", "must name a target")),
    }
}
