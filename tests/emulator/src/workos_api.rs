//! The part of the WorkOS API that the emulator has.

use std::sync::Arc;

use aws_lc_rs::constant_time;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::directory::{Directory, Membership, MembershipStatus, User};
use crate::ids;
use crate::seed;
use crate::state::Environment;

/// Every answer of the API names its request.
pub(crate) async fn name_request(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(&ids::bare()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

pub(crate) async fn get_user(
    State(environment): State<Arc<Environment>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<User>, ApiError> {
    require_api_key(&headers)?;
    let directory = environment.directory.read();
    match directory.user(&id) {
        Some(user) => Ok(Json(user.clone())),
        None => Err(ApiError(
            StatusCode::NOT_FOUND,
            json!({
                "message": format!("User not found: '{id}'."),
                "code": "entity_not_found",
                "entity_id": id,
            }),
        )),
    }
}

pub(crate) async fn list_memberships(
    State(environment): State<Arc<Environment>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    require_api_key(&headers)?;
    let query = ListMemberships::parse(query.as_deref().unwrap_or_default())?;
    let directory = environment.directory.read();
    Ok(Json(query.page(&directory)?))
}

fn require_api_key(headers: &HeaderMap) -> Result<(), ApiError> {
    let key = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
        .unwrap_or_default();
    constant_time::verify_slices_are_equal(key, seed::API_KEY.as_bytes()).map_err(|_| {
        ApiError(
            StatusCode::UNAUTHORIZED,
            json!({ "message": "Unauthorized" }),
        )
    })
}

struct ListMemberships {
    user_id: Option<String>,
    organization_id: Option<String>,
    statuses: Vec<MembershipStatus>,
    limit: usize,
    order: Order,
    before: Option<String>,
    after: Option<String>,
}

#[derive(PartialEq)]
enum Order {
    Ascending,
    Descending,
    /// Descending, with `before` for older records and `after` for newer ones.
    Normal,
}

impl ListMemberships {
    fn parse(query: &str) -> Result<Self, ApiError> {
        let mut list = Self {
            user_id: None,
            organization_id: None,
            statuses: Vec::new(),
            limit: 10,
            order: Order::Descending,
            before: None,
            after: None,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "user_id" => list.user_id = Some(value.into_owned()),
                "organization_id" => list.organization_id = Some(value.into_owned()),
                "before" => list.before = Some(value.into_owned()),
                "after" => list.after = Some(value.into_owned()),
                "limit" => match value.parse() {
                    Ok(limit @ 1..=100) => list.limit = limit,
                    _ => return Err(ApiError::invalid("limit", "must be from 1 to 100")),
                },
                "order" => {
                    list.order = match &*value {
                        "asc" => Order::Ascending,
                        "desc" => Order::Descending,
                        "normal" => Order::Normal,
                        _ => {
                            return Err(ApiError::invalid("order", "must be asc, desc or normal"));
                        }
                    };
                }
                // Some SDKs write one parameter with commas, others repeat it.
                "statuses" | "statuses[]" => {
                    for name in value.split(',') {
                        let status = MembershipStatus::from_name(name).ok_or_else(|| {
                            ApiError::invalid("statuses", "may hold active, inactive and pending")
                        })?;
                        list.statuses.push(status);
                    }
                }
                _ => {}
            }
        }
        if list.user_id.is_none() && list.organization_id.is_none() {
            return Err(ApiError::invalid(
                "user_id",
                "or organization_id must be given",
            ));
        }
        if list.statuses.is_empty() {
            list.statuses.push(MembershipStatus::Active);
        }
        Ok(list)
    }

    fn page(&self, directory: &Directory) -> Result<Value, ApiError> {
        let mut found: Vec<(&User, &Membership)> = directory
            .users
            .iter()
            .flat_map(|user| user.memberships.iter().map(move |m| (user, m)))
            .filter(|(user, membership)| self.wants(user, membership))
            .collect();
        if self.order != Order::Ascending {
            found.reverse();
        }
        let (before, after) = match self.order {
            Order::Normal => (&self.after, &self.before),
            Order::Ascending | Order::Descending => (&self.before, &self.after),
        };
        let place = |name, cursor: &str| {
            found
                .iter()
                .position(|(_, membership)| membership.id == cursor)
                .ok_or_else(|| ApiError::invalid(name, "must be the id of a listed membership"))
        };
        let (start, end) = match (before, after) {
            (Some(_), Some(_)) => {
                return Err(ApiError::invalid("before", "cannot be used with after"));
            }
            (Some(cursor), None) => {
                let end = place("before", cursor)?;
                (end.saturating_sub(self.limit), end)
            }
            (None, Some(cursor)) => {
                let start = place("after", cursor)? + 1;
                (start, found.len().min(start + self.limit))
            }
            (None, None) => (0, found.len().min(self.limit)),
        };
        let page = found.get(start..end).unwrap_or_default();
        let id = |(_, membership): &(&User, &Membership)| membership.id.clone();
        let before = page.first().filter(|_| start > 0).map(id);
        let after = page.last().filter(|_| end < found.len()).map(id);
        let (before, after) = match self.order {
            Order::Normal => (after, before),
            Order::Ascending | Order::Descending => (before, after),
        };
        let data: Vec<Value> = page
            .iter()
            .map(|(user, membership)| membership_json(directory, user, membership))
            .collect();
        Ok(json!({
            "object": "list",
            "data": data,
            "list_metadata": { "before": before, "after": after },
        }))
    }

    fn wants(&self, user: &User, membership: &Membership) -> bool {
        let matches =
            |wanted: &Option<String>, id: &str| wanted.as_deref().is_none_or(|wanted| wanted == id);
        matches(&self.user_id, &user.id)
            && matches(&self.organization_id, &membership.organization_id)
            && self.statuses.contains(&membership.status)
    }
}

fn membership_json(directory: &Directory, user: &User, membership: &Membership) -> Value {
    json!({
        "object": "organization_membership",
        "id": membership.id,
        "user_id": user.id,
        "organization_id": membership.organization_id,
        "organization_name": directory.organization_name(&membership.organization_id),
        "status": membership.status,
        "directory_managed": false,
        "custom_attributes": {},
        "role": { "slug": membership.role },
        "roles": [{ "slug": membership.role }],
        "user": user,
        "created_at": seed::CREATED_AT,
        "updated_at": seed::UPDATED_AT,
    })
}

/// An error in the form of the WorkOS API.
pub(crate) struct ApiError(StatusCode, Value);

impl ApiError {
    fn invalid(field: &str, rule: &str) -> Self {
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
