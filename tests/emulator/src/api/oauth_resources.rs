//! The resource indicators of AuthKit, as the dashboard has them.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, RawQuery, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::error::ApiError;
use super::list::{Page, Query};
use crate::state::{Resource, Settings};

/// More than anybody has, and little enough to hold in memory.
const MAX_RESOURCES: usize = 1000;

#[derive(Deserialize)]
pub(super) struct Create {
    uri: String,
    #[serde(default)]
    default: Option<bool>,
}

pub(super) async fn list(
    State(environment): Shared,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = Query::parse(query.as_deref());
    let settings = environment.settings.read();
    let records = settings.resources.iter();
    let page = Page::parse(&query)?.of(records.map(|resource| record(&settings, resource)))?;
    Ok(Json(page))
}

pub(super) async fn create(
    State(environment): Shared,
    body: Result<Json<Create>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let Json(Create { uri, default }) =
        body.map_err(|_| ApiError::invalid("uri", "must be a string"))?;
    if uri.contains('*') || url::Url::parse(&uri).is_err() {
        return Err(ApiError::invalid("uri", "must be an absolute URI"));
    }
    let mut settings = environment.settings.write();
    if settings.has_resource(&uri) {
        return Err(ApiError::invalid("uri", "is already registered"));
    }
    if settings.resources.len() >= MAX_RESOURCES {
        return Err(ApiError::invalid("uri", "would be one too many"));
    }
    if default == Some(true) {
        settings.set_default_resource(uri.clone());
    } else {
        settings.add_resource(uri.clone());
    }
    let created = settings.resources.iter().find(|known| known.uri == uri);
    let created = created.map(|resource| record(&settings, resource));
    Ok((StatusCode::CREATED, Json(created.unwrap_or_default())))
}

pub(super) async fn remove(
    State(environment): Shared,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let mut settings = environment.settings.write();
    let found = settings.resources.iter().find(|known| known.id == id);
    let Some(uri) = found.map(|resource| resource.uri.clone()) else {
        return Err(ApiError::not_found("AuthKit OAuth resource", &id));
    };
    settings.remove_resource(&uri);
    Ok(StatusCode::NO_CONTENT)
}

fn record(settings: &Settings, resource: &Resource) -> Value {
    json!({
        "object": "authkit_oauth_resource",
        "id": resource.id,
        "uri": resource.uri,
        "default": settings.default_resource.as_ref() == Some(&resource.uri),
        "created_at": resource.created_at,
        "updated_at": resource.created_at,
    })
}
