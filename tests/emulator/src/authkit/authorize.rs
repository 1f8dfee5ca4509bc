//! The authorization endpoint. `login_hint` says who is signed in and agrees to everything; without
//! it, the sign-in page asks.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, LOCATION};
use url::Url;

use super::client_metadata;
use super::clients::{self, Client, GrantType, Origin};
use super::grants::Grant;
use super::oauth::{OAuthError, Parameters};
use super::pages::Problem;
use super::{redirect_uri, sign_in};
use crate::directory::User;
use crate::state::Environment;

pub(crate) async fn authorize(
    State(environment): State<Arc<Environment>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let answered = match Authorization::open(&environment, &query).await {
        Ok(request) if request.login_hint.is_some() => by_hint(&environment, &request),
        Ok(request) => {
            tracing::info!(
                "authorize: sign-in page for client {}, redirect URI {:?}",
                request.client.id,
                request.redirect_uri
            );
            sign_in::first_page(&environment, &request, &query)
        }
        Err(stop) => Err(stop),
    };
    answered.unwrap_or_else(Stop::into_response)
}

fn by_hint(environment: &Environment, request: &Authorization) -> Result<Response, Stop> {
    let email = request.login_hint.as_deref().unwrap_or_default();
    let directory = environment.directory.read();
    let Some(user) = directory.user_by_email(email) else {
        let emails: Vec<&str> = directory.users.iter().map(User::email).collect();
        return Err(Problem::new("Unknown user")
            .says(format!("{email} is not a user of this environment."))
            .advises(
                "Add login_hint=EMAIL of one of these users to the address, or leave login_hint \
                 out to choose on a page:",
            )
            .lists(emails)
            .into());
    };
    let organization = request.organization(user)?;
    Ok(request.grant(environment, user, organization))
}

/// Ends an authorization request early.
pub(super) enum Stop {
    /// Tells the person at the browser.
    Page(Box<Problem>),
    /// Tells the client.
    Redirect(Box<Url>),
}

impl Stop {
    pub(super) fn into_response(self) -> Response {
        match self {
            Self::Page(problem) => {
                tracing::info!("authorize: refused: {problem}");
                problem.into_response(StatusCode::BAD_REQUEST)
            }
            Self::Redirect(url) => redirect(&url),
        }
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Page(Box::new(problem))
    }
}

impl From<OAuthError> for Stop {
    fn from(error: OAuthError) -> Self {
        Problem::new("This request cannot be answered")
            .says(format!("{}: {}.", error.code, error.description))
            .into()
    }
}

/// An authorization request in which nothing is wrong.
pub(super) struct Authorization {
    pub(super) client: Client,
    pub(super) redirect_uri: String,
    pub(super) scopes: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) organization_id: Option<String>,
    login_hint: Option<String>,
    redirect_to: Url,
    challenge: String,
    nonce: Option<String>,
    state: Option<String>,
}

impl Authorization {
    pub(super) async fn open(environment: &Environment, query: &str) -> Result<Self, Stop> {
        let parameters = Parameters::parse(query.as_bytes())?;
        let (client, redirect_uri) = client(environment, &parameters).await?;
        let redirect_to = redirect_uri::parse(redirect_uri)
            .map_err(|reason| Problem::new("Redirect URI not usable").says(reason))?;
        let owned = |name: &str| parameters.get(name).map(str::to_owned);
        let state = owned("state");

        // From here on the client is known, and may be told what is wrong.
        let (challenge, scopes) = match requested(environment, &parameters) {
            Ok(requested) => requested,
            Err(error) => {
                tracing::info!(
                    "authorize: refused: {}: {:?}, redirect URI {redirect_uri:?}",
                    error.code,
                    error.description
                );
                let answer = [
                    ("error", Some(error.code)),
                    ("error_description", Some(&*error.description)),
                    ("state", state.as_deref()),
                ];
                return Err(Stop::Redirect(Box::new(with_answer(redirect_to, &answer))));
            }
        };
        Ok(Self {
            client,
            redirect_uri: redirect_uri.to_owned(),
            redirect_to,
            challenge,
            scopes,
            // Checked at the token endpoint, which is where AuthKit answers `invalid_target`.
            resources: parameters.all("resource").map(str::to_owned).collect(),
            organization_id: owned("organization_id"),
            login_hint: owned("login_hint"),
            nonce: owned("nonce"),
            state,
        })
    }

    /// The organization that the request names, or the first one.
    pub(super) fn organization<'a>(&self, user: &'a User) -> Result<Option<&'a str>, Stop> {
        match &self.organization_id {
            None => Ok(user.default_organization()),
            Some(wanted) => member_of(user, wanted).map(Some),
        }
    }

    /// The redirect with a code.
    pub(super) fn grant(
        &self,
        environment: &Environment,
        user: &User,
        organization: Option<&str>,
    ) -> Response {
        tracing::info!(
            "authorize: {} for client {}, redirect URI {:?}",
            user.email,
            self.client.id,
            self.redirect_uri
        );
        let mut grants = environment.grants.lock();
        let grant = Grant {
            client_id: self.client.id.clone(),
            user_id: user.id.clone(),
            organization_id: organization.map(str::to_owned),
            scopes: self.scopes.clone(),
            resources: self.resources.clone(),
            nonce: self.nonce.clone(),
            consent_id: grants.consent_id(&user.id, &self.client.id, organization),
            revoked: AtomicBool::new(false),
        };
        let code = grants.issue_code(grant, &self.redirect_uri, &self.challenge);
        self.answer(&[("code", Some(&*code)), ("state", self.state.as_deref())])
    }

    /// The redirect of somebody who does not want to sign in.
    pub(super) fn deny(&self) -> Response {
        tracing::info!(
            "authorize: cancelled, client {}, redirect URI {:?}",
            self.client.id,
            self.redirect_uri
        );
        self.answer(&[
            ("error", Some("access_denied")),
            ("error_description", Some("the user cancelled the sign-in")),
            ("state", self.state.as_deref()),
        ])
    }

    fn answer(&self, answer: &[(&str, Option<&str>)]) -> Response {
        redirect(&with_answer(self.redirect_to.clone(), answer))
    }
}

/// The organization, if the user may act for it.
pub(super) fn member_of<'a>(user: &'a User, wanted: &str) -> Result<&'a str, Stop> {
    let found = user.active_organizations().find(|id| *id == wanted);
    found.ok_or_else(|| {
        Problem::new("Not a member")
            .says(format!(
                "{} is not an active member of {wanted}.",
                user.email
            ))
            .advises("Set organization_id to one of these:")
            .lists(user.active_organizations())
            .into()
    })
}

/// Whoever sends somebody here with a client or an address that does not fit is never sent back
/// to: the address may be an attacker's.
async fn client<'a>(
    environment: &Environment,
    parameters: &'a Parameters,
) -> Result<(Client, &'a str), Stop> {
    let client_id = parameters.require("client_id")?;
    let redirect_uri = parameters.require("redirect_uri")?;
    let is_url = client_id.starts_with("https://") || client_id.starts_with("http://");
    let client = if is_url {
        client_metadata::resolve(environment, client_id)
            .await
            .map_err(|reason| {
                Problem::new("Client metadata document not usable")
                    .says(format!("The client is called by a URL, and {reason}."))
                    .shows(client_id)
            })?
    } else {
        clients::find(environment, client_id).ok_or_else(|| {
            Problem::new("Unknown client")
                .says(format!("Client {client_id} is not registered."))
                .advises(format!(
                    "Register it at {}/oauth2/register, or delete what your MCP client remembers \
                     of this server so that it registers again: clients are forgotten when the \
                     emulator stops.",
                    environment.issuer
                ))
        })?
    };
    if !client.may_redirect_to(redirect_uri) {
        return Err(unregistered(environment, &client, redirect_uri).into());
    }
    if !client.may_use(GrantType::AuthorizationCode) {
        return Err(Problem::new("Nobody signs in to this client")
            .says(format!(
                "{} is a machine-to-machine application.",
                client.display_name()
            ))
            .advises("Use grant_type=client_credentials at the token endpoint.")
            .into());
    }
    Ok((client, redirect_uri))
}

fn unregistered(environment: &Environment, client: &Client, redirect_uri: &str) -> Problem {
    let place = match client.origin {
        Origin::Registration => format!(
            "Copy it into redirect_uris of the registration at {}/oauth2/register, exactly as it \
             is here.",
            environment.issuer
        ),
        Origin::Document => format!(
            "Copy it into redirect_uris of the document {}, exactly as it is here.",
            client.id
        ),
        Origin::Application => "Copy it, exactly as it is here. At WorkOS it belongs into the \
                                dashboard, under Connect, Applications, Redirect URIs; here into \
                                redirect_uris of the seed file, or into \
                                Application::with_redirect_uri."
            .to_owned(),
    };
    Problem::new("Redirect URI not registered")
        .says(format!(
            "{} wants to be called at an address that is not registered for it. Nobody was \
             signed in.",
            client.display_name()
        ))
        .shows(redirect_uri)
        .advises(place)
        .advises("Registered are:")
        .lists(client.redirect_uris.iter().map(String::as_str))
}

/// The challenge and the scopes.
fn requested(
    environment: &Environment,
    parameters: &Parameters,
) -> Result<(String, Vec<String>), OAuthError> {
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
    Ok((challenge.to_owned(), scopes))
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

fn with_answer(mut url: Url, answer: &[(&str, Option<&str>)]) -> Url {
    url.query_pairs_mut().extend_pairs(
        answer
            .iter()
            .filter_map(|(name, value)| value.map(|value| (name, value))),
    );
    url
}

fn redirect(url: &Url) -> Response {
    let headers = [(CACHE_CONTROL, "no-store"), (LOCATION, url.as_str())];
    (StatusCode::FOUND, headers).into_response()
}
