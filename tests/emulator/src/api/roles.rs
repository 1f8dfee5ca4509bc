//! Roles with their permissions.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::Shared;
use super::error::ApiError;
use crate::roles::Role;

/// The roles of the environment and those of the organization itself. This list has no pages.
pub(super) async fn of_organization(
    State(environment): Shared,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let directory = environment.directory.read();
    if directory.organization(&id).is_none() {
        return Err(ApiError::not_found("Organization", &id));
    }
    let known = directory.roles.iter().filter(|role| role.is_known_to(&id));
    let data: Vec<Value> = known.map(Role::to_json).collect();
    Ok(Json(json!({ "object": "list", "data": data })))
}
