//! Users.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde_json::{Value, json};

use super::Shared;
use super::error::ApiError;
use super::list::{Page, Query};
use crate::directory::User;

pub(super) async fn get(
    State(environment): Shared,
    Path(id): Path<String>,
) -> Result<Json<User>, ApiError> {
    let directory = environment.directory.read();
    let user = directory.user(&id).cloned();
    user.map(Json)
        .ok_or_else(|| ApiError::not_found("User", &id))
}

pub(super) async fn list(
    State(environment): Shared,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = Query::parse(query.as_deref());
    let page = Page::parse(&query)?;
    // `organization` is the deprecated name.
    let organization = query.get("organization_id").or(query.get("organization"));
    let wanted = |user: &&User| {
        let email = query.get("email");
        email.is_none_or(|email| user.email.eq_ignore_ascii_case(email))
            && organization.is_none_or(|id| user.active_organizations().any(|own| own == id))
    };
    let directory = environment.directory.read();
    let users = directory.users.iter().filter(wanted);
    Ok(Json(page.of(users.map(|user| json!(user)))?))
}
