//! The guard as a tower layer.

use std::{
    fmt, mem,
    task::{Context as TaskContext, Poll},
};

use axum::{body::Body, response::IntoResponse};
use http::{Method, Request, Response};
use tower::{Layer, Service};

use super::{
    bearer::{self, Credentials},
    body_limit::{self, Exceeded},
    challenge::Refusals,
    entry::{self, Entry},
    future::{Next, ResponseFuture, Terms},
    handles::Handles,
    host,
    rare_headers::RareHeaders,
    request_id::RequestId,
};
use crate::{config::Anonymous, context::Context, metrics, provider::Provider};

/// The guard of a route: lets in who presents a valid access token, and answers everybody else.
///
/// Made by [`Provider::layer`]. Checks, in this order, `Host` and `Origin`, the size of the body, and
/// the bearer token; then removes `Authorization` from the request and runs the inner service
/// where [`session`](crate::session()) and its kin find the caller. Answers preflights, and writes
/// the CORS headers of its refusals and of the inner service's answers.
///
/// ```
/// use axum::{Router, routing::get};
/// use workos_mcp::{Error, Provider, session};
///
/// async fn whoami() -> Result<String, Error> {
///     Ok(session()?.user_id().to_owned())
/// }
///
/// # fn mount(provider: Provider) -> Router {
/// Router::new()
///     .route("/whoami", get(whoami))
///     .layer(provider.layer())
///     .merge(provider.metadata_router())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct AuthLayer {
    handles: Handles,
    terms: Terms,
}

impl AuthLayer {
    pub(crate) fn new(provider: &Provider) -> Self {
        Self {
            handles: Handles::of(provider),
            terms: Terms::default(),
        }
    }

    /// Lets callers without an access token through to the inner service, where the provider allows them
    /// ([`ProviderBuilder::anonymous`](crate::ProviderBuilder::anonymous)); without that it changes nothing.
    ///
    /// The inner service then decides by itself: an rmcp handler behind [`Provider::protect`] runs for them
    /// what is public, and an axum handler finds nobody signed in, unless it is guarded. Give rmcp
    /// `with_legacy_session_mode(false)` then, as [`Provider::router`] does: no session id gets through, and its sessions would be
    /// nobody's. An event stream that a `GET` opened without a token ends after five minutes. Default: refused.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use workos_mcp::{Error, Provider, Session};
    ///
    /// async fn greeting(session: Option<Session>) -> String {
    ///     session.map_or("Hello!".to_owned(), |session| format!("Hello, {}!", session.user_id()))
    /// }
    ///
    /// # fn mount(provider: Provider) -> Router {
    /// Router::new().route("/greeting", get(greeting)).layer(provider.layer().allow_anonymous())
    /// # }
    /// ```
    pub fn allow_anonymous(mut self) -> Self {
        self.terms.anonymous = self.handles.own().config().anonymous == Anonymous::Allow;
        self
    }

    /// For a service whose streams are resumed within a session only, without an event store.
    #[cfg(feature = "rmcp")]
    pub(crate) fn resumable(mut self) -> Self {
        self.terms.resumable = true;
        self
    }
}

impl fmt::Debug for AuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer").finish_non_exhaustive()
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> AuthService<S> {
        AuthService {
            guard: Guard {
                inner,
                provider: self.handles.own().clone(),
                terms: self.terms,
            },
            handles: Some(self.handles.clone()),
        }
    }
}

/// The service of [`AuthLayer`].
pub struct AuthService<S> {
    guard: Guard<S>,
    /// Where a clone takes its provider from. A clone has none: it is made for a request, by the thread that serves it.
    handles: Option<Handles>,
}

impl<S: Clone> Clone for AuthService<S> {
    fn clone(&self) -> Self {
        let Guard {
            inner,
            provider,
            terms,
        } = &self.guard;
        let handles = self.handles.as_ref();
        Self {
            guard: Guard {
                inner: inner.clone(),
                provider: handles.map_or(provider, Handles::own).clone(),
                terms: *terms,
            },
            handles: None,
        }
    }
}

impl<S> fmt::Debug for AuthService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthService").finish_non_exhaustive()
    }
}

impl<S> Service<Request<Body>> for AuthService<S>
where
    S: Service<Request<Body>, Response: IntoResponse> + Clone,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.guard.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> ResponseFuture<S> {
        let rare = RareHeaders::of(request.headers());
        // Only browsers speak CORS, and they always say where they come from.
        if rare.origin || request.method() == Method::OPTIONS {
            let guard = ready(&mut self.guard);
            let cors = guard.provider.cors().clone();
            ResponseFuture::cross_origin(cors.layer(guard).call(request))
        } else {
            self.guard.admit(request, rare)
        }
    }
}

/// Takes the service that was polled ready, and leaves a fresh clone in its place.
fn ready<S: Clone>(service: &mut S) -> S {
    let fresh = service.clone();
    mem::replace(service, fresh)
}

/// The guard without its CORS headers.
#[derive(Clone)]
pub(super) struct Guard<S> {
    inner: S,
    provider: Provider,
    terms: Terms,
}

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response: IntoResponse> + Clone,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> ResponseFuture<S> {
        let rare = RareHeaders::of(request.headers());
        self.admit(request, rare)
    }
}

impl<S> Guard<S>
where
    S: Service<Request<Body>, Response: IntoResponse> + Clone,
{
    fn admit(&mut self, mut request: Request<Body>, rare: RareHeaders) -> ResponseFuture<S> {
        let exceeded = match self.check_form(&mut request, rare) {
            Ok(exceeded) => exceeded,
            Err(response) => return ResponseFuture::refused(response),
        };
        match self.identify(&mut request) {
            Ok(context) => {
                let inner = &mut self.inner;
                ResponseFuture::admitted(inner, context, request, rare, exceeded, self.terms)
            }
            Err(Unidentified::Asks(entry)) => {
                let next = Next {
                    inner: ready(&mut self.inner),
                    provider: self.provider.clone(),
                    request,
                    rare,
                    exceeded,
                    terms: self.terms,
                };
                ResponseFuture::undecided(entry, next)
            }
            Err(Unidentified::Refused(response)) => ResponseFuture::refused(response),
        }
    }
}

/// Of whom nothing can be said, or nothing good.
enum Unidentified {
    Asks(Entry),
    Refused(Box<Response<Body>>),
}

impl<S> Guard<S> {
    /// Whether a request is for this server, from where it may come, and of a size that is read.
    fn check_form(
        &self,
        request: &mut Request<Body>,
        rare: RareHeaders,
    ) -> Result<Exceeded, Box<Response<Body>>> {
        let config = self.provider.config();
        let headers = request.headers();
        let named = host::check_host(headers, request.uri(), &config.allowed_hosts);
        let checked = named.and_then(|()| {
            if rare.origin {
                host::check_origin(headers, &config.allowed_origins)
            } else {
                Ok(())
            }
        });
        if let Err(foreign) = checked {
            return Err(Box::new(Refusals::foreign(foreign, headers)));
        }
        body_limit::bound(request, config.limits.body_bytes)
            .map_err(|id| Box::new(Refusals::too_large(&id)))
    }

    fn identify(&self, request: &mut Request<Body>) -> Result<Context, Unidentified> {
        let refusals = self.provider.refusals();
        let in_query = bearer::is_in_query(request.uri());
        let credentials = bearer::take_credentials(request.headers_mut(), in_query);
        let headers = request.headers();
        let refused = |response| Err(Unidentified::Refused(Box::new(response)));
        match credentials {
            Credentials::Bearer(token) => {
                match entry::of_bearer(token.as_bytes(), &self.provider, headers) {
                    Ok(Ok(context)) => Ok(context),
                    Ok(Err(denied)) => refused(refusals.denied(&denied, headers)),
                    Err(entry) => Err(Unidentified::Asks(entry)),
                }
            }
            Credentials::None if self.terms.anonymous => {
                Ok(Context::new(None, self.provider.clone()))
            }
            Credentials::None | Credentials::Foreign => {
                metrics::refused(|| "sign_in");
                refused(refusals.no_credentials(&RequestId::of(headers)))
            }
            Credentials::Malformed => refused(refusals.malformed(headers)),
        }
    }
}
