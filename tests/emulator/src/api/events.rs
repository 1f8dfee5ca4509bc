//! The events of the environment.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::Value;

use super::Shared;
use super::error::ApiError;
use super::list::{Page, Query};

pub(super) async fn list(
    State(environment): Shared,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = Query::parse(query.as_deref());
    let page = Page::parse(&query)?;
    let names = query.many("events");
    if names.is_empty() {
        return Err(ApiError::invalid("events", "must name an event"));
    }
    let organization = query.get("organization_id");
    let time = |name: &str| query.get(name).map(humantime::parse_rfc3339).transpose();
    let start = time("range_start").map_err(|_| ApiError::invalid("range_start", "is no time"))?;
    let end = time("range_end").map_err(|_| ApiError::invalid("range_end", "is no time"))?;
    let wanted = |event: &Value| {
        let text = |value: &Value| value.as_str().map(str::to_owned).unwrap_or_default();
        let at = humantime::parse_rfc3339(&text(&event["created_at"])).ok();
        names.iter().any(|name| event["event"] == *name)
            && organization.is_none_or(|id| {
                event["data"]["organization_id"] == id || event["data"]["id"] == id
            })
            && start.is_none_or(|start| at.is_some_and(|at| at >= start))
            && end.is_none_or(|end| at.is_some_and(|at| at <= end))
    };
    let events = environment.records.events().into_iter();
    Ok(Json(page.of(events.filter(wanted))?))
}
