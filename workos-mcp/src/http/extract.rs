//! The caller as a parameter of an axum handler.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::request::Parts;

use super::Guarded;
use crate::{
    context::Context,
    error::{Error, ErrorKind},
    principal::{Principal, Session},
};

fn context(parts: &Parts) -> Result<&Context, Error> {
    let guarded = parts.extensions.get::<Guarded>();
    let guarded = guarded.ok_or_else(Error::session_not_initialized)?;
    Ok(guarded.context())
}

/// What was found, or that nobody of this kind is there.
fn optional<P>(found: Result<P, Error>) -> Result<Option<P>, Error> {
    match found {
        Ok(caller) => Ok(Some(caller)),
        Err(error) if matches!(error.kind(), ErrorKind::NotSignedIn | ErrorKind::NotAUser) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Rejects with the [`Error`] of [`session`](crate::session()).
impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        context(parts)?.session().cloned()
    }
}

/// `None` when no user is signed in; outside of the guard it still rejects.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Error> {
        optional(<Self as FromRequestParts<S>>::from_request_parts(parts, state).await)
    }
}

/// Rejects with the [`Error`] of [`principal`](crate::principal()).
impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        context(parts)?.principal().cloned()
    }
}

/// `None` when nobody is signed in; outside of the guard it still rejects.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Error> {
        optional(<Self as FromRequestParts<S>>::from_request_parts(parts, state).await)
    }
}

/// In an axum handler, an error is a response with its text and the status that says the same.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.to_string()).into_response();
        // For the guard of the route, which makes a challenge of a missing scope.
        response.extensions_mut().insert(self);
        response
    }
}
