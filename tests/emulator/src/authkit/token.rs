//! The token endpoint.

use std::sync::Arc;

use aws_lc_rs::{constant_time, digest};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::CACHE_CONTROL;
use serde::Serialize;

use super::client_authentication::authenticate;
use super::clients::{Client, GrantType};
use super::grants::Grant;
use super::oauth::{OAuthError, Parameters};
use crate::seed;
use crate::state::{Environment, seconds};
use crate::tokens::{self, AccessToken};

#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    scope: String,
}

pub(crate) async fn token(
    State(environment): State<Arc<Environment>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let answered = Parameters::from_form(&headers, body)
        .and_then(|parameters| answer(&environment, &headers, &parameters));
    match answered {
        Ok(response) => ([(CACHE_CONTROL, "no-store")], Json(response)).into_response(),
        Err(error) => {
            tracing::info!("token: refused: {}: {:?}", error.code, error.description);
            error.into_response()
        }
    }
}

fn answer(
    environment: &Environment,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<TokenResponse, OAuthError> {
    let grant_type = parameters.require("grant_type")?;
    let client = authenticate(environment, headers, parameters)?;
    match grant_type {
        "authorization_code" => exchange_code(environment, &client, parameters),
        "refresh_token" => refresh(environment, &client, parameters),
        "client_credentials" => machine_token(environment, &client, parameters),
        _ => Err(OAuthError::new(
            "unsupported_grant_type",
            "set grant_type to authorization_code, refresh_token or client_credentials",
        )),
    }
}

fn exchange_code(
    environment: &Environment,
    client: &Client,
    parameters: &Parameters,
) -> Result<TokenResponse, OAuthError> {
    let code = parameters.require("code")?;
    let redirect_uri = parameters.require("redirect_uri")?;
    let verifier = parameters.require("code_verifier")?;
    let code = environment
        .grants
        .lock()
        .redeem_code(code, &client.id)
        .ok_or_else(|| {
            OAuthError::invalid_grant("start again: the code is unknown, used or expired")
        })?;
    if code.redirect_uri != redirect_uri {
        return Err(OAuthError::invalid_grant(
            "send the redirect_uri of the authorization request",
        ));
    }
    if !proves(verifier, &code.challenge) {
        return Err(OAuthError::invalid_grant(
            "send the code_verifier that belongs to the code_challenge",
        ));
    }
    let audience = audience(environment, &code.grant, parameters)?;
    let response = issue(environment, &code.grant, &audience, &code.grant.scopes)?;
    tracing::info!("token: code of redirect URI {redirect_uri:?} exchanged");
    let refreshable = client.may_use(GrantType::RefreshToken)
        && code
            .grant
            .scopes
            .iter()
            .any(|scope| scope == "offline_access");
    let refresh_token =
        refreshable.then(|| environment.grants.lock().issue_refresh_token(&code.grant));
    Ok(TokenResponse {
        refresh_token,
        ..response
    })
}

fn refresh(
    environment: &Environment,
    client: &Client,
    parameters: &Parameters,
) -> Result<TokenResponse, OAuthError> {
    let spent =
        || OAuthError::invalid_grant("start again: the refresh token is unknown, used or revoked");
    let token = parameters.require("refresh_token")?;
    let grant = environment
        .grants
        .lock()
        .refresh_grant(token, &client.id)
        .ok_or_else(spent)?;
    let scopes = match parameters.get("scope") {
        None => grant.scopes.clone(),
        Some(scope) => narrowed(&grant, scope)?,
    };
    let audience = audience(environment, &grant, parameters)?;
    let response = issue(environment, &grant, &audience, &scopes)?;
    // Last, so that a request with a mistake does not cost the client its token.
    let next = environment.grants.lock().rotate(token).ok_or_else(spent)?;
    Ok(TokenResponse {
        refresh_token: Some(next),
        ..response
    })
}

/// An M2M application speaks for itself: no user, no refresh token, no ID token, and whatever
/// `resource` says, the environment as the audience.
fn machine_token(
    environment: &Environment,
    client: &Client,
    parameters: &Parameters,
) -> Result<TokenResponse, OAuthError> {
    let Some(machine) = &client.machine else {
        return Err(OAuthError::new(
            "unauthorized_client",
            "use an M2M application: this client is not one",
        ));
    };
    let scope = match parameters.get("scope") {
        None => machine.scopes.join(" "),
        Some(scope) => {
            let known = |name: &&str| machine.scopes.iter().any(|scope| scope == name);
            if let Some(other) = scope.split_whitespace().find(|name| !known(name)) {
                return Err(OAuthError::new(
                    "invalid_scope",
                    format!("remove {other} from scope, or assign it to the application"),
                ));
            }
            scope.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    };
    let claims = tokens::machine_claims(environment, &client.id, &machine.organization_id, &scope);
    let access_token = tokens::signed(claims, &environment.keys.current())
        .map_err(|error| OAuthError::server_error(&error))?;
    tracing::info!(
        "token: machine {} ({}) for {}, scope {scope:?}",
        client.display_name(),
        client.id,
        machine.organization_id
    );
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: seconds(environment.settings.read().access_token_lifetime),
        refresh_token: None,
        id_token: None,
        scope,
    })
}

/// RFC 7636 §4.6.
fn proves(verifier: &str, challenge: &str) -> bool {
    let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
    let expected = BASE64_URL_SAFE_NO_PAD.encode(hash);
    (43..=128).contains(&verifier.len())
        && constant_time::verify_slices_are_equal(expected.as_bytes(), challenge.as_bytes()).is_ok()
}

fn narrowed(grant: &Grant, scope: &str) -> Result<Vec<String>, OAuthError> {
    let scopes: Vec<String> = scope.split_whitespace().map(str::to_owned).collect();
    match scopes.iter().find(|scope| !grant.scopes.contains(scope)) {
        Some(unknown) => Err(OAuthError::new(
            "invalid_scope",
            format!("remove {unknown} from scope, or sign in again: it was not granted"),
        )),
        None => Ok(scopes),
    }
}

/// The `aud` of the access token. RFC 8707: the token request may choose among the resources of the
/// authorization request.
fn audience(
    environment: &Environment,
    grant: &Grant,
    parameters: &Parameters,
) -> Result<String, OAuthError> {
    let settings = environment.settings.read();
    if settings.resources.is_empty() {
        return Ok(seed::CLIENT_ID.to_owned());
    }
    let invalid = |description: String| Err(OAuthError::new("invalid_target", description));
    let authorized: Vec<&str> = grant.resources.iter().map(String::as_str).collect();
    let requested: Vec<&str> = parameters.all("resource").collect();
    if !authorized.is_empty()
        && let Some(other) = requested.iter().find(|name| !authorized.contains(name))
    {
        return invalid(format!(
            "sign in again with resource={other}: it was not in the authorization request"
        ));
    }
    let chosen = if requested.is_empty() {
        authorized
    } else {
        requested
    };
    match chosen.as_slice() {
        [] => {
            let default = settings.default_resource.as_deref();
            Ok(default.unwrap_or(seed::CLIENT_ID).to_owned())
        }
        [resource] if settings.has_resource(resource) => Ok((*resource).to_owned()),
        [resource] => invalid(format!(
            "register {resource} as a resource indicator; registered: {}",
            settings.resource_uris().collect::<Vec<_>>().join(" ")
        )),
        _ => invalid("name one resource: an access token has one audience".to_owned()),
    }
}

fn issue(
    environment: &Environment,
    grant: &Grant,
    audience: &str,
    scopes: &[String],
) -> Result<TokenResponse, OAuthError> {
    let user = environment
        .directory
        .read()
        .user(&grant.user_id)
        .cloned()
        .ok_or_else(|| OAuthError::invalid_grant("start again: the user was deleted"))?;
    let scope = scopes.join(" ");
    let claims = AccessToken {
        audience,
        user_id: &user.id,
        client_id: &grant.client_id,
        consent_id: &grant.consent_id,
        organization_id: grant.organization_id.as_deref(),
        scope: &scope,
    }
    .claims(environment);
    let key = environment.keys.current();
    let sign =
        |claims| tokens::signed(claims, &key).map_err(|error| OAuthError::server_error(&error));
    let names: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let id_token = names.contains(&"openid").then(|| {
        sign(tokens::id_token_claims(
            environment,
            &user,
            &grant.client_id,
            &names,
            grant.nonce.as_deref(),
        ))
    });
    tracing::info!(
        "token: {} for client {}, audience {audience:?}, scope {scope:?}",
        user.email,
        grant.client_id
    );
    Ok(TokenResponse {
        access_token: sign(claims)?,
        token_type: "Bearer",
        expires_in: seconds(environment.settings.read().access_token_lifetime),
        refresh_token: None,
        id_token: id_token.transpose()?,
        scope,
    })
}
