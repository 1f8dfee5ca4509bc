//! The future of the guard: refused at once, waiting for keys, or running the inner service.

use std::{
    fmt,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use axum::{body::Body, response::IntoResponse};
use http::{HeaderName, HeaderValue, Request, Response, header};
use pin_project_lite::pin_project;
use tower::Service;

use super::{body_limit::Exceeded, challenge::Refusals, session_tag::SESSION_ID};
use crate::{
    context::{Context, Scoped},
    provider::Provider,
    session::{Principal, Session},
    token::Refusal,
};

pin_project! {
    /// The future of [`AuthService`](super::AuthService).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S: Service<Request<Body>>> {
        #[pin]
        kind: Kind<S>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<S: Service<Request<Body>>> {
        CrossOrigin { #[pin] future: tower_http::cors::ResponseFuture<GuardFuture<S>> },
        Plain { #[pin] future: GuardFuture<S> },
    }
}

impl<S: Service<Request<Body>>> ResponseFuture<S> {
    pub(super) fn cross_origin(future: tower_http::cors::ResponseFuture<GuardFuture<S>>) -> Self {
        Self {
            kind: Kind::CrossOrigin { future },
        }
    }

    pub(super) fn plain(future: GuardFuture<S>) -> Self {
        Self {
            kind: Kind::Plain { future },
        }
    }
}

impl<S> Future for ResponseFuture<S>
where
    S: Service<Request<Body>, Response: IntoResponse>,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProjection::CrossOrigin { future } => future.poll(cx),
            KindProjection::Plain { future } => future.poll(cx),
        }
    }
}

impl<S: Service<Request<Body>>> fmt::Debug for ResponseFuture<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// Names a stream that is to be resumed. The ids of an event store are bound to nobody; where there is none, rmcp
/// resumes within the session only.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

type Verification = Pin<Box<dyn Future<Output = Result<Session, Refusal>> + Send>>;

pin_project! {
    pub(super) struct GuardFuture<S: Service<Request<Body>>> {
        #[pin]
        state: State<S>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S: Service<Request<Body>>> {
        Refused { response: Option<Response<Body>> },
        Undecided { verification: Verification, next: Option<Next<S>> },
        Admitted { #[pin] future: Scoped<S::Future>, context: Context, exceeded: Exceeded },
    }
}

/// What goes on once the token is known to be good.
struct Next<S> {
    inner: S,
    provider: Provider,
    incoming: Incoming,
}

/// A request that may enter once its token is known to be good.
pub(super) struct Incoming {
    pub(super) request: Request<Body>,
    pub(super) exceeded: Exceeded,
    /// Whether the inner service resumes streams within a session only.
    pub(super) resumable: bool,
}

impl<S: Service<Request<Body>>> GuardFuture<S> {
    pub(super) fn refused(response: Response<Body>) -> Self {
        Self {
            state: State::Refused {
                response: Some(response),
            },
        }
    }

    pub(super) fn admitted(
        inner: &mut S,
        session: Session,
        provider: &Provider,
        incoming: Incoming,
    ) -> Self {
        let Incoming {
            mut request,
            exceeded,
            resumable,
        } = incoming;
        let principal = Principal::User(session);
        let headers = request.headers_mut();
        // The token has done its work; nothing behind this line may pass it on or log it.
        headers.remove(header::AUTHORIZATION);
        if headers.contains_key(LAST_EVENT_ID) && !(resumable && headers.contains_key(SESSION_ID)) {
            return Self::refused(Refusals::resumption(headers));
        }
        if provider.session_tags().open(headers, &principal).is_err() {
            return Self::refused(Refusals::session(headers));
        }
        let context = Context::new(Some(principal), provider.clone());
        request.extensions_mut().insert(context.clone());
        let future = context.clone().run(|| inner.call(request));
        Self {
            state: State::Admitted {
                future,
                context,
                exceeded,
            },
        }
    }

    pub(super) fn undecided(
        inner: S,
        token: String,
        provider: &Provider,
        incoming: Incoming,
    ) -> Self {
        let verifier = provider.verifier().clone();
        let verification = Box::pin(async move { verifier.verify(&token).await });
        let next = Next {
            inner,
            provider: provider.clone(),
            incoming,
        };
        Self {
            state: State::Undecided {
                verification,
                next: Some(next),
            },
        }
    }
}

impl<S> Future for GuardFuture<S>
where
    S: Service<Request<Body>, Response: IntoResponse>,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        loop {
            let decided = match self.as_mut().project().state.project() {
                StateProjection::Refused { response } => {
                    return response
                        .take()
                        .map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
                }
                StateProjection::Admitted {
                    future,
                    context,
                    exceeded,
                } => {
                    let response = ready!(future.poll(cx));
                    return Poll::Ready(response.map(|response| {
                        exceeded.request().map_or_else(
                            || kept_private(response.into_response(), context),
                            Refusals::too_large,
                        )
                    }));
                }
                StateProjection::Undecided { verification, next } => {
                    let verified = ready!(verification.as_mut().poll(cx));
                    let Some(mut next) = next.take() else {
                        return Poll::Pending;
                    };
                    match verified {
                        Ok(session) => {
                            Self::admitted(&mut next.inner, session, &next.provider, next.incoming)
                        }
                        Err(refusal) => Self::refused(
                            next.provider
                                .refusals()
                                .token(&refusal, next.incoming.request.headers()),
                        ),
                    }
                }
            };
            self.set(decided);
        }
    }
}

/// What one user is told must not be told to the next by a cache in between.
fn kept_private(mut response: Response<Body>, context: &Context) -> Response<Body> {
    let headers = response.headers_mut();
    if let (Ok(provider), Ok(principal)) = (context.provider(), context.principal()) {
        provider.session_tags().seal(headers, principal);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("authorization"));
    response
}
