//! The future of the guard: refused at once, waiting for keys, or running the inner service.

use std::{
    fmt,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
    time::Duration,
};

use axum::{body::Body, response::IntoResponse};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use pin_project_lite::pin_project;
use tower::Service;

use super::{
    body_limit::Exceeded,
    challenge::Refusals,
    entry::Entry,
    hold::{self, Challenge, Guarded},
    request_id::RequestId,
    session_tag::{self, SESSION_ID},
    stream_end,
};
use crate::{
    context::{Context, Scoped},
    error::Error,
    metrics,
    provider::Provider,
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
        CrossOrigin { future: Pin<Box<CorsFuture<S>>> },
        Plain { #[pin] future: GuardFuture<S> },
    }
}

type CorsFuture<S> = tower_http::cors::ResponseFuture<GuardFuture<S>>;

impl<S: Service<Request<Body>>> ResponseFuture<S> {
    /// Boxed, so that the other kind, which is moved for each request, is small.
    pub(super) fn cross_origin(future: CorsFuture<S>) -> Self {
        Self {
            kind: Kind::CrossOrigin {
                future: Box::pin(future),
            },
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
            KindProjection::CrossOrigin { future } => future.as_mut().poll(cx),
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
        Undecided { entry: Entry, next: Option<Box<Next<S>>> },
        Admitted { #[pin] future: Scoped<S::Future>, answer: Option<Answer>, exceeded: Exceeded },
        Held { waiting: Waiting, answer: Option<(Answer, Response<Body>)> },
    }
}

type Waiting = Pin<Box<dyn Future<Output = Option<Challenge>> + Send>>;

/// What an answer is judged by and dressed with.
struct Answer {
    context: Context,
    sessionless: bool,
    /// Of a `GET`, which opens a stream that nothing else ends.
    opens_stream: bool,
    /// Whether it may not begin before it is decided.
    is_held: bool,
    request_id: Option<HeaderValue>,
}

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
    pub(super) exceeded: Exceeded,
    pub(super) terms: Terms,
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
        context: Context,
        mut request: Request<Body>,
        exceeded: Exceeded,
        terms: Terms,
    ) -> Self {
        match Answer::to(&mut request, context, terms) {
            Ok(answer) => {
                let context = answer.context.clone();
                let future = context.run(|| inner.call(request));
                Self {
                    state: State::Admitted {
                        future,
                        answer: Some(answer),
                        exceeded,
                    },
                }
            }
            Err(response) => Self::refused(*response),
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
                    answer,
                    exceeded,
                } => {
                    let response = ready!(future.poll(cx))?;
                    if let Some(request) = exceeded.request() {
                        return Poll::Ready(Ok(Refusals::too_large(request)));
                    }
                    let Some(answer) = answer.take() else {
                        return Poll::Pending;
                    };
                    let response = response.into_response();
                    let decided = if answer.is_held {
                        hold::decided(&answer.context, &response)
                    } else {
                        Ok(None)
                    };
                    match decided {
                        Ok(refused) => return Poll::Ready(Ok(answer.begin(response, refused))),
                        Err(()) => Self {
                            state: State::Held {
                                waiting: Box::pin(answer.decision()),
                                answer: Some((answer, response)),
                            },
                        },
                    }
                }
                StateProjection::Held { waiting, answer } => {
                    let refused = ready!(waiting.as_mut().poll(cx));
                    return match answer.take() {
                        Some((answer, response)) => {
                            Poll::Ready(Ok(answer.begin(response, refused)))
                        }
                        None => Poll::Pending,
                    };
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
                        exceeded,
                        terms,
                    } = *next;
                    match entered {
                        Ok(context) => {
                            Self::admitted(&mut inner, context, request, exceeded, terms)
                        }
                        Err(denied) => {
                            Self::refused(provider.refusals().denied(&denied, request.headers()))
                        }
                    }
                }
            };
            self.set(decided);
        }
    }
}

impl Answer {
    /// Makes a request one of its caller's.
    fn to(
        request: &mut Request<Body>,
        context: Context,
        terms: Terms,
    ) -> Result<Self, Box<Response<Body>>> {
        let headers = request.headers_mut();
        let resumes = |headers: &HeaderMap| terms.resumable && headers.contains_key(SESSION_ID);
        if headers.contains_key(LAST_EVENT_ID) && !resumes(headers) {
            return Err(Box::new(Refusals::resumption(headers)));
        }
        let Ok(provider) = context.provider() else {
            return Err(Box::new(Refusals::session(headers)));
        };
        match context.principal() {
            // A session id is no way to be somebody.
            Err(_) if headers.contains_key(SESSION_ID) => {
                metrics::refused(|| "sign_in");
                let id = RequestId::of(headers);
                return Err(Box::new(provider.refusals().no_credentials(&id)));
            }
            Err(_) => {}
            // Whoever signs in would change the principal of a session.
            Ok(_) if terms.anonymous && headers.contains_key(SESSION_ID) => {
                return Err(Box::new(Refusals::no_sessions(headers)));
            }
            Ok(principal) => session_tag::open(provider.bound_ids(), headers, principal)
                .map_err(|_| Box::new(Refusals::session(headers)))?,
        }
        let request_id = RequestId::given(headers);
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
            context,
            sessionless: terms.anonymous,
            opens_stream,
            is_held,
            request_id,
        })
    }

    /// Waits for as long as asking WorkOS may take, which is as long as two requests to it.
    fn decision(&self) -> impl Future<Output = Option<Challenge>> + use<> {
        let provider = self.context.provider();
        let longest = provider.map_or(Duration::ZERO, |provider| {
            provider.config().limits.api_timeout.saturating_mul(2)
        });
        hold::wait(self.context.clone(), longest)
    }

    /// The answer as it goes out: the handler's, or the challenge for what the caller lacks.
    fn begin(self, response: Response<Body>, refused: Option<Challenge>) -> Response<Body> {
        // A guard in an axum handler leaves its refusal beside the response that it became.
        let challenge = refused.or_else(|| {
            let refused = response.extensions().get::<Error>()?;
            let stands = response.status() == refused.status();
            refused.challenge().filter(|_| stands)
        });
        match (challenge, self.context.provider()) {
            (Some(challenge), Ok(provider)) => {
                let id = RequestId::or_new(self.request_id);
                match challenge {
                    Challenge::SignIn => provider.refusals().no_credentials(&id),
                    Challenge::Scopes(missing) => {
                        provider
                            .refusals()
                            .insufficient_scope(&self.context, &missing, &id)
                    }
                }
            }
            (_, Ok(provider)) if self.opens_stream => {
                let ended = stream_end::at_expiry(response, &self.context, provider);
                self.keep_private(ended)
            }
            _ => self.keep_private(response),
        }
    }

    /// What one user is told must not be told to the next by a cache in between.
    fn keep_private(self, mut response: Response<Body>) -> Response<Body> {
        let headers = response.headers_mut();
        match (self.context.provider(), self.context.principal()) {
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
