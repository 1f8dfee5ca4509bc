//! Feature flags that are on.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde_json::Value;

use super::Shared;
use super::error::ApiError;
use super::list::{Page, Query};
use crate::feature_flags::FeatureFlag;

pub(super) async fn of_user(
    State(environment): Shared,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let directory = environment.directory.read();
    let user = directory
        .user(&id)
        .ok_or_else(|| ApiError::not_found("User", &id))?;
    page(query.as_deref(), &directory.feature_flags, |flag| {
        flag.is_on_for_user(user)
    })
}

pub(super) async fn of_organization(
    State(environment): Shared,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let directory = environment.directory.read();
    if directory.organization(&id).is_none() {
        return Err(ApiError::not_found("Organization", &id));
    }
    page(query.as_deref(), &directory.feature_flags, |flag| {
        flag.is_on_for(&id)
    })
}

fn page(
    query: Option<&str>,
    flags: &[FeatureFlag],
    wanted: impl Fn(&FeatureFlag) -> bool,
) -> Result<Json<Value>, ApiError> {
    let query = Query::parse(query);
    let on = flags.iter().filter(|flag| wanted(flag));
    Ok(Json(Page::parse(&query)?.of(on.map(FeatureFlag::to_json))?))
}
