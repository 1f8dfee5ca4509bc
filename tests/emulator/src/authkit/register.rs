//! Dynamic client registration (RFC 7591).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::{Deserialize, Serialize};

use super::clients::{Client, ClientAuthentication, GrantType};
use super::oauth::OAuthError;
use super::redirect_uri;
use crate::state::{Environment, now};

#[derive(Deserialize)]
pub(crate) struct Registration {
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    token_endpoint_auth_method: ClientAuthentication,
    #[serde(default = "both_grant_types")]
    grant_types: Vec<GrantType>,
    #[serde(default = "code")]
    response_types: Vec<ResponseType>,
    client_name: Option<String>,
    scope: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum ResponseType {
    Code,
}

fn both_grant_types() -> Vec<GrantType> {
    vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
}

fn code() -> Vec<ResponseType> {
    vec![ResponseType::Code]
}

#[derive(Serialize)]
struct Registered {
    client_id: String,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// Zero, which is never.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<u8>,
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: ClientAuthentication,
    grant_types: Vec<GrantType>,
    response_types: Vec<ResponseType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

pub(crate) async fn register(
    State(environment): State<Arc<Environment>>,
    registration: Result<Json<Registration>, JsonRejection>,
) -> Result<Response, OAuthError> {
    let Json(registration) =
        registration.map_err(|rejection| invalid_metadata(rejection.body_text()))?;
    check(&environment, &registration)?;
    let client = Client::registered(
        registration.client_name.clone(),
        registration.redirect_uris.clone(),
        registration.token_endpoint_auth_method,
        registration.grant_types,
    );
    tracing::info!(
        "register: {} ({:?}), redirect URIs {:?}",
        client.id,
        registration.client_name.as_deref().unwrap_or("no name"),
        client.redirect_uris,
    );
    let registered = Registered {
        client_id: client.id.clone(),
        client_id_issued_at: now(),
        client_secret_expires_at: client.secret.is_some().then_some(0),
        client_secret: client.secret.clone(),
        redirect_uris: client.redirect_uris.clone(),
        token_endpoint_auth_method: registration.token_endpoint_auth_method,
        grant_types: client.grant_types.clone(),
        response_types: registration.response_types,
        client_name: registration.client_name,
        scope: registration.scope,
    };
    let mut clients = environment.clients.lock();
    clients.insert(client.id.clone(), client);
    let no_store = [(CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, no_store, Json(registered)).into_response())
}

fn check(environment: &Environment, registration: &Registration) -> Result<(), OAuthError> {
    if registration.redirect_uris.is_empty() {
        return Err(OAuthError::new(
            "invalid_redirect_uri",
            "add at least one redirect URI to redirect_uris",
        ));
    }
    for uri in &registration.redirect_uris {
        redirect_uri::parse(uri)
            .map_err(|reason| OAuthError::new("invalid_redirect_uri", reason))?;
    }
    if !registration
        .grant_types
        .contains(&GrantType::AuthorizationCode)
    {
        return Err(invalid_metadata("add authorization_code to grant_types"));
    }
    if registration.response_types.is_empty() {
        return Err(invalid_metadata("add code to response_types"));
    }
    if let Some(scope) = &registration.scope {
        let settings = environment.settings.read();
        let known = settings.scopes();
        if scope.split_whitespace().next().is_none() {
            return Err(invalid_metadata("leave scope out or name a scope in it"));
        }
        if let Some(unknown) = scope.split_whitespace().find(|name| !known.contains(name)) {
            return Err(invalid_metadata(format!(
                "remove {unknown} from scope; known scopes are {}",
                known.join(" ")
            )));
        }
    }
    Ok(())
}

fn invalid_metadata(description: impl Into<String>) -> OAuthError {
    OAuthError::new("invalid_client_metadata", description)
}
