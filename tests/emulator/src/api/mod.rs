//! The part of the WorkOS API that the emulator has.

mod api_keys;
mod audit_logs;
mod error;
mod events;
mod feature_flags;
mod list;
mod memberships;
mod oauth_resources;
mod organizations;
mod roles;
mod users;

use std::sync::Arc;

use aws_lc_rs::constant_time;
use axum::extract::{Path, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use axum::{Json, Router};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::ids;
use crate::seed;
use crate::state::Environment;
use error::ApiError;

type Shared = State<Arc<Environment>>;

pub(crate) fn router(
    gated: impl Fn(Endpoint, MethodRouter<Arc<Environment>>) -> MethodRouter<Arc<Environment>>,
) -> Router<Arc<Environment>> {
    let resources = "/user_management/authkit_oauth_resources";
    let routes = [
        (
            "/user_management/users",
            Endpoint::ListUsers,
            get(users::list),
        ),
        (
            "/user_management/users/{id}",
            Endpoint::GetUser,
            get(users::get),
        ),
        (
            "/user_management/users/{id}/feature-flags",
            Endpoint::ListUserFeatureFlags,
            get(feature_flags::of_user),
        ),
        (
            "/user_management/organization_memberships",
            Endpoint::ListMemberships,
            get(memberships::list),
        ),
        (
            resources,
            Endpoint::ListOAuthResources,
            get(oauth_resources::list),
        ),
        (
            resources,
            Endpoint::CreateOAuthResource,
            post(oauth_resources::create),
        ),
        (
            "/user_management/authkit_oauth_resources/{id}",
            Endpoint::DeleteOAuthResource,
            delete(oauth_resources::remove),
        ),
        (
            "/organizations",
            Endpoint::ListOrganizations,
            get(organizations::list),
        ),
        (
            "/organizations/{id}",
            Endpoint::GetOrganization,
            get(organizations::get),
        ),
        (
            "/organizations/{id}/feature-flags",
            Endpoint::ListOrganizationFeatureFlags,
            get(feature_flags::of_organization),
        ),
        (
            "/authorization/organizations/{id}/roles",
            Endpoint::ListOrganizationRoles,
            get(roles::of_organization),
        ),
        (
            "/api_keys/validations",
            Endpoint::ValidateApiKey,
            post(api_keys::validate),
        ),
        (
            "/audit_logs/events",
            Endpoint::CreateAuditLogEvent,
            post(audit_logs::create),
        ),
        ("/events", Endpoint::ListEvents, get(events::list)),
    ];
    let protected = routes.into_iter().fold(Router::new(), |router, route| {
        let (path, endpoint, handler) = route;
        let handler = handler.route_layer(axum::middleware::from_fn(require_api_key));
        router.route(path, gated(endpoint, handler))
    });
    // Everybody may read public keys.
    protected
        .route(
            "/sso/jwks/{client_id}",
            gated(Endpoint::SsoJwks, get(session_keys)),
        )
        .layer(axum::middleware::map_response(name_request))
}

/// Every answer of the API names its request.
async fn name_request(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(&ids::bare()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

async fn require_api_key(request: Request, next: Next) -> Response {
    let key = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
        .unwrap_or_default();
    match constant_time::verify_slices_are_equal(key, seed::API_KEY.as_bytes()) {
        Ok(()) => next.run(request).await,
        Err(_) => ApiError::unauthorized().into_response(),
    }
}

/// The same keys as at AuthKit: signatures do not tell a session token from an access token.
async fn session_keys(
    State(environment): Shared,
    Path(client_id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    if client_id == seed::CLIENT_ID {
        Ok(Json(environment.keys.jwks()))
    } else {
        Err(ApiError::not_found("Client", &client_id))
    }
}
