//! Organization memberships.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::Value;

use super::Shared;
use super::error::ApiError;
use super::list::{Page, Query};
use crate::directory::MembershipStatus;

pub(super) async fn list(
    State(environment): Shared,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = Query::parse(query.as_deref());
    let page = Page::parse(&query)?;
    if query.get("user_id").is_none() && query.get("organization_id").is_none() {
        return Err(ApiError::invalid(
            "user_id",
            "or organization_id must be given",
        ));
    }
    let statuses = statuses(&query)?;
    let directory = environment.directory.read();
    let found = directory
        .users
        .iter()
        .filter(|user| query.wants("user_id", &user.id))
        .flat_map(|user| user.memberships.iter().map(move |m| (user, m)))
        .filter(|(_, membership)| {
            query.wants("organization_id", &membership.organization_id)
                && statuses.contains(&membership.status)
        })
        .map(|(user, membership)| directory.membership_json(user, membership));
    Ok(Json(page.of(found)?))
}

fn statuses(query: &Query) -> Result<Vec<MembershipStatus>, ApiError> {
    let names = query.many("statuses");
    if names.is_empty() {
        return Ok(vec![MembershipStatus::Active]);
    }
    let known = names.into_iter().map(MembershipStatus::from_name);
    known
        .collect::<Option<_>>()
        .ok_or_else(|| ApiError::invalid("statuses", "may hold active, inactive and pending"))
}
