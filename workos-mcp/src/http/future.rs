//! The future of the guard: refused at once, waiting for keys, or running the inner service.

use std::{
    fmt,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use axum::{body::Body, response::IntoResponse};
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower::Service;

use super::{
    answer::Answer, body_limit::Exceeded, challenge::Refusals, entry::Entry, held::Held,
    rare_headers::RareHeaders,
};
use crate::{
    context::{Context, Scoped},
    provider::Provider,
};

pin_project! {
    /// The future of [`AuthService`](super::AuthService).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S: Service<Request<Body>>> {
        #[pin]
        state: State<S>,
    }
}

pin_project! {
    // What is rare is boxed, since the whole is moved for each request.
    #[project = StateProjection]
    enum State<S: Service<Request<Body>>> {
        CrossOrigin { future: Pin<Box<CorsFuture<S>>> },
        Refused { response: Option<Box<Response<Body>>> },
        Undecided { entry: Entry, next: Option<Box<Next<S>>> },
        Admitted { #[pin] future: Scoped<S::Future>, answer: Option<Answer>, exceeded: Exceeded },
        Held { held: Pin<Box<Held>>, kept: Option<(Context, Answer)> },
    }
}

type CorsFuture<S> = tower_http::cors::ResponseFuture<ResponseFuture<S>>;

/// Who is let in to the inner service, and how.
#[derive(Clone, Copy, Default)]
pub(super) struct Terms {
    /// Whether the inner service resumes streams within a session only.
    pub(super) resumable: bool,
    /// Whether callers who are not signed in are let in too, so that there are no sessions.
    pub(super) anonymous: bool,
}

/// What goes on once the token is known to be good.
pub(super) struct Next<S> {
    pub(super) inner: S,
    pub(super) provider: Provider,
    pub(super) request: Request<Body>,
    pub(super) rare: RareHeaders,
    pub(super) exceeded: Exceeded,
    pub(super) terms: Terms,
}

impl<S: Service<Request<Body>>> fmt::Debug for ResponseFuture<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<S: Service<Request<Body>>> ResponseFuture<S> {
    /// Around another of these, of the same request.
    pub(super) fn cross_origin(future: CorsFuture<S>) -> Self {
        Self {
            state: State::CrossOrigin {
                future: Box::pin(future),
            },
        }
    }

    pub(super) fn refused(response: Box<Response<Body>>) -> Self {
        Self {
            state: State::Refused {
                response: Some(response),
            },
        }
    }

    pub(super) fn admitted(
        inner: &mut S,
        context: Context,
        mut request: Request<Body>,
        rare: RareHeaders,
        exceeded: Exceeded,
        terms: Terms,
    ) -> Self {
        match Answer::to(&mut request, &context, rare, terms) {
            Ok(answer) => Self {
                state: State::Admitted {
                    future: context.run(|| inner.call(request)),
                    answer: Some(answer),
                    exceeded,
                },
            },
            Err(response) => Self::refused(response),
        }
    }

    pub(super) fn undecided(entry: Entry, next: Next<S>) -> Self {
        Self {
            state: State::Undecided {
                entry,
                next: Some(Box::new(next)),
            },
        }
    }
}

impl<S> Future for ResponseFuture<S>
where
    S: Service<Request<Body>, Response: IntoResponse>,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        loop {
            let decided = match self.as_mut().project().state.project() {
                StateProjection::CrossOrigin { future } => return future.as_mut().poll(cx),
                StateProjection::Refused { response } => {
                    return response
                        .take()
                        .map_or(Poll::Pending, |response| Poll::Ready(Ok(*response)));
                }
                StateProjection::Admitted {
                    mut future,
                    answer,
                    exceeded,
                } => {
                    let response = ready!(future.as_mut().poll(cx))?;
                    if let Some(request) = exceeded.request() {
                        return Poll::Ready(Ok(Refusals::too_large(request)));
                    }
                    let context = future.take_value().flatten();
                    let (Some(answer), Some(context)) = (answer.take(), context) else {
                        return Poll::Pending;
                    };
                    let response = response.into_response();
                    match answer.begins_at_once(&context, &response) {
                        Ok(refused) => {
                            return Poll::Ready(Ok(answer.begin(&context, response, refused)));
                        }
                        Err(()) => Self {
                            state: State::Held {
                                held: Box::pin(Answer::hold(context.clone(), response)),
                                kept: Some((context, answer)),
                            },
                        },
                    }
                }
                StateProjection::Held { held, kept } => {
                    let (response, refused) = ready!(held.as_mut().poll(cx));
                    let Some((context, answer)) = kept.take() else {
                        return Poll::Pending;
                    };
                    return Poll::Ready(Ok(answer.begin(&context, response, refused)));
                }
                StateProjection::Undecided { entry, next } => {
                    let entered = ready!(entry.as_mut().poll(cx));
                    let Some(next) = next.take() else {
                        return Poll::Pending;
                    };
                    let Next {
                        mut inner,
                        provider,
                        request,
                        rare,
                        exceeded,
                        terms,
                    } = *next;
                    match entered {
                        Ok(context) => {
                            Self::admitted(&mut inner, context, request, rare, exceeded, terms)
                        }
                        Err(denied) => {
                            let response = provider.refusals().denied(&denied, request.headers());
                            Self::refused(Box::new(response))
                        }
                    }
                }
            };
            self.set(decided);
        }
    }
}
