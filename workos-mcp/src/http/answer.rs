//! The answer of the inner service: what it is judged by, and how it goes out.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderValue, Method, Request, Response, header};

use super::{
    challenge::Refusals,
    future::Terms,
    held::{self, Held},
    hold::{Challenge, Guarded},
    rare_headers::RareHeaders,
    request_id::RequestId,
    session_tag::{self, SESSION_ID},
    stream_end,
};
use crate::{context::Context, error::Error, metrics};

/// What an answer is judged by and dressed with.
pub(super) struct Answer {
    sessionless: bool,
    /// Of a `GET`, which opens a stream that nothing else ends.
    opens_stream: bool,
    /// Whether it may not begin before it is decided.
    is_held: bool,
    request_id: Option<HeaderValue>,
}

impl Answer {
    /// Makes a request one of its caller's.
    pub(super) fn to(
        request: &mut Request<Body>,
        context: &Context,
        rare: RareHeaders,
        terms: Terms,
    ) -> Result<Self, Box<Response<Body>>> {
        let headers = request.headers_mut();
        let resumes = terms.resumable && rare.session_id;
        if rare.last_event_id && !resumes {
            return Err(Box::new(Refusals::resumption(headers)));
        }
        let Ok(provider) = context.provider() else {
            return Err(Box::new(Refusals::session(headers)));
        };
        if rare.session_id {
            match context.principal() {
                // A session id is no way to be somebody.
                Err(_) => {
                    metrics::refused(|| "sign_in");
                    let id = RequestId::of(headers);
                    return Err(Box::new(provider.refusals().no_credentials(&id)));
                }
                // Whoever signs in would change the principal of a session.
                Ok(_) if terms.anonymous => {
                    return Err(Box::new(Refusals::no_sessions(headers)));
                }
                Ok(principal) => session_tag::open(provider.bound_ids(), headers, principal)
                    .map_err(|_| Box::new(Refusals::session(headers)))?,
            }
        }
        let request_id = rare.request_id.then(|| RequestId::given(headers)).flatten();
        let opens_stream = request.method() == Method::GET;
        // Only `POST`s are refused late.
        let is_held = request.method() == Method::POST;
        let guarded = if is_held {
            Guarded::held(context.clone())
        } else {
            Guarded::unheld(context.clone())
        };
        request.extensions_mut().insert(guarded);
        Ok(Self {
            sessionless: terms.anonymous,
            opens_stream,
            is_held,
            request_id,
        })
    }

    /// Whether the answer begins at once, and the challenge that it becomes; an error where it waits.
    pub(super) fn begins_at_once(
        &self,
        context: &Context,
        response: &Response<Body>,
    ) -> Result<Option<Challenge>, ()> {
        if self.is_held {
            held::begins_at_once(context, response)
        } else {
            Ok(None)
        }
    }

    /// Lets it wait: for the decision as long as asking WorkOS may take, which is as long as two requests to it.
    pub(super) fn hold(context: Context, response: Response<Body>) -> Held {
        let longest = context.provider().map_or(Duration::ZERO, |provider| {
            provider.config().limits.api_timeout.saturating_mul(2)
        });
        Held::new(context, response, longest)
    }

    /// The answer as it goes out: the handler's, or the challenge for what the caller lacks.
    pub(super) fn begin(
        self,
        context: &Context,
        response: Response<Body>,
        refused: Option<Challenge>,
    ) -> Response<Body> {
        // A guard in an axum handler leaves its refusal beside the response that it became.
        let challenge = refused.or_else(|| {
            let refused = response.extensions().get::<Error>()?;
            let stands = response.status() == refused.status();
            refused.challenge().filter(|_| stands)
        });
        match (challenge, context.provider()) {
            (Some(challenge), Ok(provider)) => {
                let id = RequestId::or_new(self.request_id);
                match challenge {
                    Challenge::SignIn => provider.refusals().no_credentials(&id),
                    Challenge::Scopes(missing) => provider
                        .refusals()
                        .insufficient_scope(context, &missing, &id),
                }
            }
            (_, Ok(provider)) if self.opens_stream => {
                let ended = stream_end::at_expiry(response, context, provider);
                self.keep_private(context, ended)
            }
            _ => self.keep_private(context, response),
        }
    }

    /// What one user is told must not be told to the next by a cache in between.
    fn keep_private(&self, context: &Context, mut response: Response<Body>) -> Response<Body> {
        let headers = response.headers_mut();
        match (context.provider(), context.principal()) {
            (Ok(provider), Ok(principal)) if !self.sessionless => {
                session_tag::seal(provider.bound_ids(), headers, principal);
            }
            _ => {
                headers.remove(SESSION_ID);
            }
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.append(header::VARY, HeaderValue::from_static("authorization"));
        response
    }
}
