//! The authorization endpoint. Nobody signs in: `login_hint` says who is already signed in.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, LOCATION, X_CONTENT_TYPE_OPTIONS};
use url::Url;

use super::grants::Grant;
use super::oauth::{OAuthError, Parameters};
use super::redirect_uri;
use crate::directory::User;
use crate::state::Environment;

pub(crate) async fn authorize(
    State(environment): State<Arc<Environment>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    decide(&environment, &query).unwrap_or_else(|page| {
        tracing::info!("authorize: refused: {page:?}");
        let headers = [
            (CACHE_CONTROL, "no-store"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (StatusCode::BAD_REQUEST, headers, page).into_response()
    })
}

/// A redirect to the client, or the text of the page for the person at the browser.
fn decide(environment: &Environment, query: &str) -> Result<Response, String> {
    let parameters = Parameters::parse(query.as_bytes()).map_err(|error| error.description)?;
    let (client_id, redirect_uri) = client(environment, &parameters)?;
    let state = parameters.get("state");

    // From here on the client is known, and may be told what is wrong.
    let request = match Request::read(environment, &parameters) {
        Ok(request) => request,
        Err(error) => {
            tracing::info!(
                "authorize: refused: {}: {:?}",
                error.code,
                error.description
            );
            let answer = [
                ("error", Some(error.code)),
                ("error_description", Some(&*error.description)),
                ("state", state),
            ];
            return redirect(redirect_uri, &answer);
        }
    };
    let user = user(environment, parameters.get("login_hint"))?;
    let organization = organization(&user, parameters.get("organization_id"))?;
    tracing::info!(
        "authorize: {} for client {client_id}, redirect URI {redirect_uri:?}",
        user.email
    );

    let mut grants = environment.grants.lock();
    let consent_id = grants.consent_id(&user.id, client_id, organization);
    let grant = Grant {
        client_id: client_id.to_owned(),
        user_id: user.id.clone(),
        organization_id: organization.map(str::to_owned),
        scopes: request.scopes,
        // Checked at the token endpoint, which is where AuthKit answers `invalid_target`.
        resources: parameters.all("resource").map(str::to_owned).collect(),
        nonce: parameters.get("nonce").map(str::to_owned),
        consent_id,
        revoked: AtomicBool::new(false),
    };
    let code = grants.issue_code(grant, redirect_uri, request.challenge);
    redirect(redirect_uri, &[("code", Some(&*code)), ("state", state)])
}

/// Whoever sends somebody here with a client or an address that does not fit is never sent back
/// to: the address may be an attacker's.
fn client<'a>(
    environment: &Environment,
    parameters: &'a Parameters,
) -> Result<(&'a str, &'a str), String> {
    let (client_id, redirect_uri) = parameters
        .require("client_id")
        .and_then(|client_id| Ok((client_id, parameters.require("redirect_uri")?)))
        .map_err(|error| error.description)?;
    let clients = environment.clients.lock();
    let Some(client) = clients.get(&client_id.to_owned()) else {
        return Err(format!(
            "client {client_id} is not registered.\n\nregister it at {}/oauth2/register; clients \
             are forgotten when the emulator stops.\n",
            environment.issuer
        ));
    };
    if !client.may_redirect_to(redirect_uri) {
        return Err(format!(
            "redirect URI {redirect_uri} is not registered for client {client_id}.\n\nregister \
             exactly this address. registered: {}\n",
            client.redirect_uris.join(" ")
        ));
    }
    Ok((client_id, redirect_uri))
}

struct Request<'a> {
    challenge: &'a str,
    scopes: Vec<String>,
}

impl<'a> Request<'a> {
    fn read(environment: &Environment, parameters: &'a Parameters) -> Result<Self, OAuthError> {
        if parameters.require("response_type")? != "code" {
            return Err(OAuthError::new(
                "unsupported_response_type",
                "set response_type to code",
            ));
        }
        if parameters
            .get("response_mode")
            .is_some_and(|mode| mode != "query")
        {
            return Err(OAuthError::invalid_request(
                "set response_mode to query, or leave it out",
            ));
        }
        let challenge = parameters.require("code_challenge")?;
        if parameters.get("code_challenge_method") != Some("S256") {
            return Err(OAuthError::invalid_request(
                "set code_challenge_method to S256",
            ));
        }
        if challenge.len() != 43 {
            return Err(OAuthError::invalid_request(
                "set code_challenge to the base64url SHA-256 of the verifier, 43 characters",
            ));
        }
        let scopes = scopes(environment, parameters.get("scope").unwrap_or_default())?;
        Ok(Self { challenge, scopes })
    }
}

fn scopes(environment: &Environment, scope: &str) -> Result<Vec<String>, OAuthError> {
    let settings = environment.settings.read();
    let known = settings.scopes();
    let invalid = |description: String| OAuthError::new("invalid_scope", description);
    let mut scopes: Vec<String> = Vec::new();
    for name in scope.split_whitespace() {
        if !known.contains(&name) {
            return Err(invalid(format!(
                "remove {name} from scope; known scopes are {}",
                known.join(" ")
            )));
        }
        if !scopes.iter().any(|scope| scope == name) {
            scopes.push(name.to_owned());
        }
    }
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(invalid("add openid to scope".to_owned()));
    }
    Ok(scopes)
}

fn user(environment: &Environment, login_hint: Option<&str>) -> Result<User, String> {
    let directory = environment.directory.read();
    let reason = match login_hint {
        Some(email) => match directory.user_by_email(email) {
            Some(user) => return Ok(user.clone()),
            None => format!("{email} is not a user of this environment"),
        },
        None => "nobody is signed in".to_owned(),
    };
    let emails: Vec<&str> = directory.users.iter().map(User::email).collect();
    Err(format!(
        "{reason}.\n\nadd login_hint=EMAIL to this address. users: {}\n",
        emails.join(" ")
    ))
}

fn organization<'a>(user: &'a User, wanted: Option<&str>) -> Result<Option<&'a str>, String> {
    let Some(wanted) = wanted else {
        return Ok(user.default_organization());
    };
    let found = user.active_organizations().find(|id| *id == wanted);
    match found {
        Some(id) => Ok(Some(id)),
        None => Err(format!(
            "{} is not an active member of {wanted}.\n\nset organization_id to one of: {}\n",
            user.email,
            user.active_organizations().collect::<Vec<_>>().join(" ")
        )),
    }
}

fn redirect(uri: &str, answer: &[(&str, Option<&str>)]) -> Result<Response, String> {
    let mut url: Url = redirect_uri::parse(uri)?;
    url.query_pairs_mut().extend_pairs(
        answer
            .iter()
            .filter_map(|(name, value)| value.map(|value| (name, value))),
    );
    let headers = [(CACHE_CONTROL, "no-store"), (LOCATION, url.as_str())];
    Ok((StatusCode::FOUND, headers).into_response())
}
