//! Organizations.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde_json::Value;

use super::Shared;
use super::error::ApiError;
use super::list::{Page, Query};
use crate::organizations::Organization;

pub(super) async fn get(
    State(environment): Shared,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let directory = environment.directory.read();
    match directory.organization(&id) {
        Some(organization) => Ok(Json(organization.to_json())),
        None => Err(ApiError::not_found("Organization", &id)),
    }
}

pub(super) async fn list(
    State(environment): Shared,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = Query::parse(query.as_deref());
    let page = Page::parse(&query)?;
    let domains = query.many("domains");
    let search = query.get("search").map(str::to_lowercase);
    let wanted = |organization: &&Organization| {
        let named = |text: &String| organization.name().to_lowercase().contains(text.as_str());
        (domains.is_empty() || organization.domains().any(|own| domains.contains(&own)))
            && search.as_ref().is_none_or(named)
    };
    let directory = environment.directory.read();
    let organizations = directory.organizations.iter().filter(wanted);
    Ok(Json(page.of(organizations.map(Organization::to_json))?))
}
