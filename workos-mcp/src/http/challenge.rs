//! What a refusal looks like: status, `WWW-Authenticate`, and the OAuth error document.
//!
//! The responses never say why a token is bad, expiry aside; the reason goes to our log, under the
//! request id that the response carries.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Serialize;

#[cfg(feature = "rmcp")]
use super::hold::Challenge;
use super::{
    entry::Denied,
    hold::Missing,
    host::Foreign,
    request_id::{REQUEST_ID, RequestId},
};
use crate::{
    api_key::{self, Cause},
    config::Config,
    context::Context,
    error::{ConfigError, ConfigProblem},
    metrics,
    principal::Principal,
    rule::is_scope,
    token::{Reason, Refusal},
};

/// The refusals of one provider, their challenges written once.
pub(crate) struct Refusals {
    no_credentials: HeaderValue,
    malformed: HeaderValue,
    expired: HeaderValue,
    invalid: HeaderValue,
    metadata_url: Arc<str>,
    base_scopes: Vec<String>,
    api_key_failure_ttl: Duration,
    /// What the log says about a token that AuthKit issued for the environment instead of this server.
    register: String,
}

/// `error` and its text, as in [RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1).
#[derive(Clone, Copy, Serialize)]
struct OAuthError {
    error: &'static str,
    error_description: &'static str,
}

const MALFORMED: OAuthError = OAuthError {
    error: "invalid_request",
    error_description: "send one Authorization header of the form 'Bearer TOKEN', and the token nowhere else",
};
const EXPIRED: OAuthError = OAuthError {
    error: "invalid_token",
    error_description: "the access token has expired; refresh it",
};
const INVALID: OAuthError = OAuthError {
    error: "invalid_token",
    error_description: "the access token is not valid for this server",
};
const UNAVAILABLE: OAuthError = OAuthError {
    error: "temporarily_unavailable",
    error_description: "access tokens cannot be checked right now; retry shortly",
};
const TOO_LARGE: OAuthError = OAuthError {
    error: "invalid_request",
    error_description: "the request body is too large",
};

const NOT_ALLOWED: OAuthError = OAuthError {
    error: "access_denied",
    error_description: "you are not allowed to use this server",
};
const AUTHORITY_UNAVAILABLE: OAuthError = OAuthError {
    error: "temporarily_unavailable",
    error_description: "permissions cannot be checked right now; retry shortly",
};
const INSUFFICIENT_SCOPE: OAuthError = OAuthError {
    error: "insufficient_scope",
    error_description: "this needs scopes that the access token was not granted",
};
const RESUMPTION: OAuthError = OAuthError {
    error: "invalid_request",
    error_description: "streams cannot be resumed here; open a new one without Last-Event-ID",
};

impl Refusals {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        // RFC 9728 §5.1 for `resource_metadata`, RFC 6750 §3 for the rest; neither value can hold a quote.
        let place = format!(
            "resource_metadata=\"{}\", scope=\"{}\"",
            config.resource.metadata_url,
            config.scopes.join(" ")
        );
        let challenge = |error: Option<OAuthError>| {
            let text = match error {
                Some(OAuthError {
                    error,
                    error_description,
                }) => format!(
                    "Bearer error=\"{error}\", error_description=\"{error_description}\", {place}"
                ),
                // A request without credentials is told nothing about errors (RFC 6750 §3.1).
                None => format!("Bearer {place}"),
            };
            HeaderValue::try_from(text).map_err(|_| {
                ConfigError::new(vec![ConfigProblem::new(
                    "scopes",
                    None,
                    "cannot stand in a header",
                )])
            })
        };
        Ok(Self {
            no_credentials: challenge(None)?,
            malformed: challenge(Some(MALFORMED))?,
            expired: challenge(Some(EXPIRED))?,
            invalid: challenge(Some(INVALID))?,
            metadata_url: config.resource.metadata_url.clone(),
            base_scopes: config.scopes.clone(),
            api_key_failure_ttl: config.limits.api_key_failure_ttl,
            register: format!(
                "its audience is the environment's client id: either no resource indicator is registered for this \
                 server, or the client asked for a token without naming a `resource`; in the WorkOS dashboard, under \
                 Connect, Configuration, MCP resource indicators, register exactly {}",
                config.resource.url
            ),
        })
    }

    /// Who sends somebody to sign in has counted it: where a rule did, that is elsewhere.
    pub(super) fn no_credentials(&self, id: &RequestId) -> Response<Body> {
        tracing::debug!(request_id = %id, "refused: no bearer token");
        let mut response = respond(StatusCode::UNAUTHORIZED, Body::empty(), id);
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, self.no_credentials.clone());
        response
    }

    pub(super) fn malformed(&self, request: &HeaderMap) -> Response<Body> {
        let id = RequestId::of(request);
        metrics::refused(|| "sign_in");
        tracing::warn!(request_id = %id, "refused: malformed credentials");
        challenged(StatusCode::BAD_REQUEST, MALFORMED, &self.malformed, &id)
    }

    pub(super) fn denied(&self, denied: &Denied, request: &HeaderMap) -> Response<Body> {
        match denied {
            Denied::Malformed => self.malformed(request),
            Denied::Token(refusal) => self.token(refusal, request),
            Denied::ApiKey(refusal) => self.api_key(refusal, request),
            Denied::NotAllowed => {
                metrics::refused(|| "require");
                let id = RequestId::of(request);
                tracing::warn!(request_id = %id, "refused: the caller does not meet the rule that `require` states");
                document(StatusCode::FORBIDDEN, NOT_ALLOWED, &id)
            }
            Denied::Lacks(context, missing) => {
                metrics::refused(|| "scope");
                self.insufficient_scope(context, missing, &RequestId::of(request))
            }
            Denied::Unavailable(error) => {
                let id = RequestId::of(request);
                tracing::error!(request_id = %id, %error, "refused: whether `require` is met cannot be told");
                unavailable(AUTHORITY_UNAVAILABLE, Duration::from_secs(1), &id)
            }
        }
    }

    pub(super) fn insufficient_scope(
        &self,
        context: &Context,
        missing: &Missing,
        id: &RequestId,
    ) -> Response<Body> {
        tracing::info!(request_id = %id, ?missing, "refused: the access token lacks scopes");
        let challenge = HeaderValue::try_from(self.asking_for(context, missing));
        // Nothing but what `is_scope` lets through was added to what is in headers already.
        let challenge = challenge.unwrap_or_else(|_| self.invalid.clone());
        challenged(StatusCode::FORBIDDEN, INSUFFICIENT_SCOPE, &challenge, id)
    }

    /// The challenge as it stands in the result of a tool. ChatGPT acts on one that has an error and its description only,
    /// and takes this one for both.
    #[cfg(feature = "rmcp")]
    pub(crate) fn in_result(&self, context: &Context, challenge: &Challenge) -> String {
        match challenge {
            Challenge::SignIn => {
                self.insufficient("sign in to use this", &self.base_scopes.join(" "))
            }
            Challenge::Scopes(missing) => self.asking_for(context, missing),
        }
    }

    fn insufficient(&self, description: &str, scopes: &str) -> String {
        format!(
            "Bearer error=\"{}\", error_description=\"{description}\", resource_metadata=\"{}\", scope=\"{scopes}\"",
            INSUFFICIENT_SCOPE.error, self.metadata_url,
        )
    }

    /// Asks for the base scopes, the missing ones, and those that the token has already, so that a client that
    /// asks for exactly these loses nothing and comes back with enough.
    fn asking_for(&self, context: &Context, missing: &Missing) -> String {
        let principal = context.principal().ok();
        let granted = principal.and_then(Principal::scopes).into_iter().flatten();
        let mut scopes: Vec<&str> = Vec::new();
        for scope in self
            .base_scopes
            .iter()
            .map(String::as_str)
            .chain(missing.iter().map(AsRef::as_ref))
            .chain(granted)
        {
            if is_scope(scope) && !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        self.insufficient(INSUFFICIENT_SCOPE.error_description, &scopes.join(" "))
    }

    fn token(&self, refusal: &Refusal, request: &HeaderMap) -> Response<Body> {
        let id = RequestId::of(request);
        if !matches!(refusal, Refusal::KeysUnavailable { .. }) {
            metrics::refused(|| "sign_in");
        }
        match refusal {
            Refusal::Expired => {
                tracing::debug!(request_id = %id, "refused: the access token has expired");
                challenged(StatusCode::UNAUTHORIZED, EXPIRED, &self.expired, &id)
            }
            Refusal::Invalid(reason) => {
                if matches!(reason, Reason::AudienceIsClientId) {
                    tracing::error!(request_id = %id, "refused an access token: {}", self.register);
                } else {
                    tracing::warn!(request_id = %id, %reason, "refused an access token: {reason}");
                }
                challenged(StatusCode::UNAUTHORIZED, INVALID, &self.invalid, &id)
            }
            Refusal::KeysUnavailable { retry_after } => {
                tracing::error!(request_id = %id, "refused: the key set cannot be had, so no access token can be checked");
                unavailable(UNAVAILABLE, *retry_after, &id)
            }
        }
    }

    fn api_key(&self, refusal: &api_key::Refusal, request: &HeaderMap) -> Response<Body> {
        let id = RequestId::of(request);
        match refusal {
            api_key::Refusal::Invalid(reason) => {
                metrics::refused(|| "sign_in");
                match reason {
                    api_key::Reason::OwnSecret(_) => {
                        tracing::error!(request_id = %id, %reason, "refused: a caller presented a secret of this server as bearer token: {reason}; somebody else has it, so change it");
                    }
                    api_key::Reason::NoneLetIn | api_key::Reason::Shape => {
                        tracing::warn!(request_id = %id, %reason, "refused a bearer token: {reason}");
                    }
                    _ => {
                        tracing::warn!(request_id = %id, %reason, "refused an API key: {reason}");
                    }
                }
                challenged(StatusCode::UNAUTHORIZED, INVALID, &self.invalid, &id)
            }
            api_key::Refusal::Unavailable(cause) => {
                tracing::warn!(request_id = %id, %cause, "refused: an API key cannot be checked: {cause}");
                let retry_after = match cause {
                    Cause::Budget => Duration::from_secs(1),
                    _ => self.api_key_failure_ttl,
                };
                unavailable(UNAVAILABLE, retry_after, &id)
            }
        }
    }

    pub(super) fn foreign(foreign: Foreign, request: &HeaderMap) -> Response<Body> {
        let id = RequestId::of(request);
        metrics::refused(|| match foreign {
            Foreign::HostMalformed | Foreign::Host => "host",
            Foreign::Origin => "origin",
        });
        let (status, error) = match foreign {
            Foreign::HostMalformed => {
                tracing::warn!(request_id = %id, "refused: the Host header is missing or malformed");
                (
                    StatusCode::BAD_REQUEST,
                    OAuthError {
                        error: "invalid_request",
                        error_description: "the Host header is missing or malformed",
                    },
                )
            }
            Foreign::Host => {
                tracing::warn!(request_id = %id, host = ?request.get(header::HOST), "refused: the Host is not in `allowed_hosts`");
                (
                    StatusCode::FORBIDDEN,
                    OAuthError {
                        error: "access_denied",
                        error_description: "this host is not served here",
                    },
                )
            }
            Foreign::Origin => {
                tracing::warn!(request_id = %id, origin = ?request.get(header::ORIGIN), "refused: the Origin is not in `allowed_origins`");
                (
                    StatusCode::FORBIDDEN,
                    OAuthError {
                        error: "access_denied",
                        error_description: "this origin may not call this server",
                    },
                )
            }
        };
        document(status, error, &id)
    }

    pub(super) fn session(request: &HeaderMap) -> Response<Body> {
        let id = RequestId::of(request);
        metrics::refused(|| "session");
        tracing::warn!(request_id = %id, "refused: the session id is not one of this caller's");
        no_session(&id)
    }

    pub(super) fn no_sessions(request: &HeaderMap) -> Response<Body> {
        let id = RequestId::of(request);
        metrics::refused(|| "session");
        tracing::debug!(request_id = %id, "refused: there are no sessions where callers need not be signed in");
        no_session(&id)
    }

    pub(super) fn resumption(request: &HeaderMap) -> Response<Body> {
        let id = RequestId::of(request);
        metrics::refused(|| "session");
        tracing::debug!(request_id = %id, "refused: a stream cannot be resumed");
        document(StatusCode::BAD_REQUEST, RESUMPTION, &id)
    }

    pub(super) fn too_large(id: &RequestId) -> Response<Body> {
        metrics::refused(|| "body");
        tracing::warn!(request_id = %id, "refused: the request body is too large");
        document(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE, id)
    }
}

fn challenged(
    status: StatusCode,
    error: OAuthError,
    challenge: &HeaderValue,
    id: &RequestId,
) -> Response<Body> {
    let mut response = document(status, error, id);
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, challenge.clone());
    response
}

/// As rmcp answers for a session that it does not have.
fn no_session(id: &RequestId) -> Response<Body> {
    let body = Body::from("Not Found: Session not found");
    respond(StatusCode::NOT_FOUND, body, id)
}

fn unavailable(error: OAuthError, retry_after: Duration, id: &RequestId) -> Response<Body> {
    let mut response = document(StatusCode::SERVICE_UNAVAILABLE, error, id);
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, retry_after_value(retry_after));
    response
}

fn document(status: StatusCode, error: OAuthError, id: &RequestId) -> Response<Body> {
    let body = serde_json::to_vec(&error).unwrap_or_default();
    let mut response = respond(status, Body::from(body), id);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

fn respond(status: StatusCode, body: Body, id: &RequestId) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("authorization"));
    headers.insert(REQUEST_ID, id.value().clone());
    response
}

/// Whole seconds, at least one.
pub(super) fn retry_after_value(after: Duration) -> HeaderValue {
    HeaderValue::from(
        after
            .as_secs()
            .saturating_add(u64::from(after.subsec_nanos() > 0))
            .max(1),
    )
}
