//! The parameters and the errors of OAuth.

use std::collections::HashSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use url::form_urlencoded;

/// The parameters of a request, from a query or a form.
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// RFC 6749 §3.1: no parameter twice, and one without a value counts as left out. Only
    /// `resource` may be repeated (RFC 8707 §2).
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, OAuthError> {
        let mut seen = HashSet::new();
        let mut parameters = Vec::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            if name != "resource" && !seen.insert(name.clone()) {
                return Err(OAuthError::invalid_request(format!(
                    "send the parameter {name} only once"
                )));
            }
            if !value.is_empty() {
                parameters.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(Self(parameters))
    }

    /// The parameters of a form, if the body is one.
    pub(crate) fn from_form(
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<Self, OAuthError> {
        const FORM: &[u8] = b"application/x-www-form-urlencoded";
        let body = body.map_err(|rejection| OAuthError::invalid_request(rejection.body_text()))?;
        let form = headers.get(CONTENT_TYPE).is_some_and(|value| {
            let end = value.as_bytes().split(|byte| *byte == b';').next();
            end.is_some_and(|essence| essence.trim_ascii().eq_ignore_ascii_case(FORM))
        });
        if !form {
            return Err(OAuthError::invalid_request(
                "send the parameters as application/x-www-form-urlencoded",
            ));
        }
        Self::parse(&body)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| OAuthError::invalid_request(format!("add the parameter {name}")))
    }
}

/// An error in the form of RFC 6749 §5.2.
#[derive(Debug)]
pub(crate) struct OAuthError {
    pub(crate) code: &'static str,
    pub(crate) description: String,
    status: StatusCode,
}

impl OAuthError {
    pub(crate) fn new(code: &'static str, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
            status: StatusCode::BAD_REQUEST,
        }
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(crate) fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    pub(crate) fn invalid_client(description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::new("invalid_client", description)
        }
    }

    pub(crate) fn server_error(error: &std::io::Error) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::new("server_error", error.to_string())
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.code, "error_description": self.description }));
        let mut response = (self.status, [(CACHE_CONTROL, "no-store")], body).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = http::HeaderValue::from_static("Basic realm=\"AuthKit\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
