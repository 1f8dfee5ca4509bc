//! The task-local: what a request's guard found out, within reach of any function that runs for it.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task,
};

use tokio::task::JoinHandle;

#[cfg(feature = "testing")]
use crate::user::User;
use crate::{
    authority::{Questions, Resolved},
    error::Error,
    http::Decision,
    principal::{Principal, Session},
    provider::Provider,
    scopes::ScopeHierarchy,
};

tokio::task_local! {
    // `None` where a request is near but must not be seen; see `outside`.
    static CURRENT: Option<Context>;
}

/// Who calls, and through which provider. One per request; the guard puts it into the request's
/// extensions, whence rmcp carries it to the task that runs the handler.
#[derive(Clone)]
pub(crate) struct Context(Arc<Facts>);

struct Facts {
    principal: Option<Principal>,
    /// None in a test of a user's.
    provider: Option<Provider>,
    #[cfg(feature = "testing")]
    user: Option<User>,
    decision: Decision,
    course: Mutex<Course>,
}

/// What came up while the request was served.
#[derive(Default)]
struct Course {
    /// What WorkOS said of the caller, for functions that cannot wait for it.
    resolved: Resolved,
    /// The last guard that refused who could sign in, or sign in again.
    refused: Option<Error>,
}

impl Context {
    pub(crate) fn new(principal: Option<Principal>, provider: Provider) -> Self {
        Self(Arc::new(Facts {
            principal,
            provider: Some(provider),
            #[cfg(feature = "testing")]
            user: None,
            decision: Decision::default(),
            course: Mutex::default(),
        }))
    }

    /// A request that nobody made.
    #[cfg(feature = "testing")]
    pub(crate) fn in_test(principal: Option<Principal>, user: Option<User>) -> Self {
        Self(Arc::new(Facts {
            principal,
            provider: None,
            user,
            decision: Decision::default(),
            course: Mutex::new(Course {
                resolved: Resolved::nothing(),
                refused: None,
            }),
        }))
    }

    pub(crate) fn current() -> Result<Self, Error> {
        CURRENT
            .try_with(Clone::clone)
            .ok()
            .flatten()
            .ok_or_else(Error::session_not_initialized)
    }

    pub(crate) fn principal(&self) -> Result<&Principal, Error> {
        self.0.principal.as_ref().ok_or_else(Error::not_signed_in)
    }

    pub(crate) fn session(&self) -> Result<&Session, Error> {
        let principal = self.principal()?;
        principal.user().ok_or_else(|| Error::not_a_user(principal))
    }

    /// Whom a function asks for. A refusal is kept, since the guard of the route may still turn it into a challenge.
    pub(crate) fn caller<'c, P>(
        &'c self,
        find: impl Fn(&'c Self) -> Result<P, Error>,
    ) -> Result<P, Error> {
        find(self).inspect_err(|error| self.note_refusal(error))
    }

    pub(crate) fn provider(&self) -> Result<&Provider, Error> {
        // Only a test has no provider, and then there is no API to call.
        self.0.provider.as_ref().ok_or_else(Error::api_key_missing)
    }

    pub(crate) fn decision(&self) -> &Decision {
        &self.0.decision
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        self.0.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds out what the caller may do.
    pub(crate) async fn resolve(
        &self,
        principal: &Principal,
        questions: Questions,
    ) -> Result<Resolved, Error> {
        let Some(provider) = &self.0.provider else {
            return Ok(self.resolved());
        };
        let resolved = provider
            .authorities()
            .resolve(principal, questions, provider.client())
            .await?;
        // Another token's answers are not this caller's.
        if self.principal().is_ok_and(|own| own.is_same(principal)) {
            self.course().resolved.extend(resolved.clone());
        }
        Ok(resolved)
    }

    /// What was found out of the caller for this request.
    pub(crate) fn resolved(&self) -> Resolved {
        self.course().resolved.clone()
    }

    /// What is known of the caller without waiting.
    #[cfg(feature = "rmcp")]
    pub(crate) fn known_now(&self, principal: &Principal) -> Resolved {
        let mut known = self.resolved();
        if let Some(provider) = &self.0.provider {
            known.extend(provider.authorities().fresh(principal));
        }
        known
    }

    /// What WorkOS said of the caller before, for when it does not answer.
    #[cfg(feature = "rmcp")]
    pub(crate) fn last_known(&self, principal: &Principal) -> Option<Resolved> {
        let provider = self.0.provider.as_ref()?;
        Some(provider.authorities().last_known(principal))
    }

    pub(crate) fn scope_hierarchy(&self) -> Option<&ScopeHierarchy> {
        let provider = self.0.provider.as_ref()?;
        Some(&provider.config().rules.scope_hierarchy)
    }

    /// Keeps a refusal that signing in would mend, which the guard of the route may still turn into a challenge.
    pub(crate) fn note_refusal(&self, error: &Error) {
        if error.challenge().is_some() {
            self.course().refused = Some(error.clone());
        }
    }

    #[cfg(feature = "rmcp")]
    pub(crate) fn noted_refusal(&self) -> Option<Error> {
        self.course().refused.clone()
    }

    /// Whether the request came through this provider's guard.
    #[cfg(feature = "rmcp")]
    pub(crate) fn is_of(&self, provider: &Provider) -> bool {
        self.0.provider.as_ref().is_some_and(|own| own.is(provider))
    }

    #[cfg(feature = "testing")]
    pub(crate) fn user(&self) -> Option<&User> {
        self.0.user.as_ref()
    }

    /// Runs `start`, and the future it makes, for this request.
    pub(crate) fn run<F: Future>(self, start: impl FnOnce() -> F) -> Scoped<F> {
        let future = CURRENT.sync_scope(Some(self.clone()), start);
        self.scope(future)
    }

    fn scope<F: Future>(self, future: F) -> Scoped<F> {
        CURRENT.scope(Some(self), future)
    }
}

/// Runs code that no request must leave its mark on: a handler that outlives the request that made it, or
/// a method whose answer rmcp keeps.
#[cfg(feature = "rmcp")]
pub(crate) fn outside<R>(run: impl FnOnce() -> R) -> R {
    CURRENT.sync_scope(None, run)
}

pub(crate) type Scoped<F> = tokio::task::futures::TaskLocalFuture<Option<Context>, F>;

/// The signed-in user's session of the request being served.
///
/// Works in any function that runs for a guarded request: tools, prompts, resources, axum handlers,
/// and whatever they call.
///
/// ```
/// use workos_mcp::{Error, session};
///
/// async fn my_tool() -> Result<String, Error> {
///     let session = session()?;
///     Ok(format!("Your WorkOS user ID is {}", session.user_id()))
/// }
/// ```
///
/// # Errors
///
/// [`ErrorKind::SessionNotInitialized`](crate::ErrorKind::SessionNotInitialized) outside of a guarded request,
/// [`ErrorKind::NotSignedIn`](crate::ErrorKind::NotSignedIn) when the request is guarded and nobody is signed in,
/// [`ErrorKind::NotAUser`](crate::ErrorKind::NotAUser) when a machine calls, or the holder of an API key.
pub fn session() -> Result<Session, Error> {
    Context::current()?.caller(Context::session).cloned()
}

/// Who is calling, of whatever kind; [`session`] is the same for users only.
///
/// A layer inside of [`Provider::layer`] finds it too, such as one that limits the rate of requests: the example
/// [`rate_limit`](https://github.com/workos-mcp/workos-mcp/blob/main/examples/rate_limit.rs) counts by it.
///
/// ```
/// use workos_mcp::{Error, principal};
///
/// fn rate_limit_key() -> Result<String, Error> {
///     Ok(principal()?.subject().to_owned())
/// }
/// ```
///
/// # Errors
///
/// As [`session`], for which only users will do.
pub fn principal() -> Result<Principal, Error> {
    Context::current()?.caller(Context::principal).cloned()
}

/// The official SDK's client of the WorkOS API, with the provider's key.
///
/// Each request it sends is given up after [`Limits::api_timeout`](crate::Limits::api_timeout), and none is
/// sent twice, since the SDK waits as long as any `Retry-After` says; ask for retries where you want
/// them, with the SDK's `RequestOptions`.
///
/// ```
/// use workos_mcp::{Error, client, session};
///
/// async fn organization_name() -> Result<Option<String>, Error> {
///     let session = session()?;
///     let Some(id) = session.organization_id() else {
///         return Ok(None);
///     };
///     let organization = client()?.organizations().get_organization(id).await?;
///     Ok(Some(organization.name))
/// }
/// ```
///
/// # Errors
///
/// [`ErrorKind::SessionNotInitialized`](crate::ErrorKind::SessionNotInitialized) outside of a guarded request,
/// [`ErrorKind::NotConfigured`](crate::ErrorKind::NotConfigured) when the provider has no API key.
pub fn client() -> Result<workos::Client, Error> {
    Context::current()?.provider()?.client().cloned()
}

/// [`tokio::spawn`] that takes the request's session along.
///
/// Without it, `session()` in the spawned task says that the session is not initialized. Outside of a
/// guarded request it spawns as tokio does.
///
/// ```
/// use workos_mcp::{Error, session};
///
/// async fn my_tool() -> Result<String, Error> {
///     let task = workos_mcp::spawn(async { session().map(|session| session.user_id().to_owned()) });
///     task.await.unwrap_or_else(|_| session().map(|_| "the task failed".to_owned()))
/// }
/// ```
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(in_context(future))
}

/// Takes the request's session along into a future that something else polls, such as rmcp's task manager.
///
/// The session is taken when this function is called, so call it where the request runs, not inside the
/// future. Outside of a guarded request the future runs as it is.
///
/// ```
/// use workos_mcp::{in_context, session};
///
/// # async fn handed_to_someone_else(_: impl Future) {}
/// # async fn my_tool() {
/// handed_to_someone_else(in_context(async {
///     let _user = session().map(|session| session.user_id().to_owned());
/// }))
/// .await;
/// # }
/// ```
pub fn in_context<F: Future>(future: F) -> InContext<F> {
    InContext {
        future: match Context::current() {
            Ok(context) => Kind::Scoped {
                future: context.scope(future),
            },
            Err(_) => Kind::Bare { future },
        },
    }
}

pin_project_lite::pin_project! {
    /// The future of [`in_context`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InContext<F> {
        #[pin]
        future: Kind<F>,
    }
}

pin_project_lite::pin_project! {
    #[project = KindProjection]
    enum Kind<F> {
        Scoped { #[pin] future: Scoped<F> },
        Bare { #[pin] future: F },
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> task::Poll<Self::Output> {
        match self.project().future.project() {
            KindProjection::Scoped { future } => future.poll(cx),
            KindProjection::Bare { future } => future.poll(cx),
        }
    }
}

impl<F> fmt::Debug for InContext<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InContext").finish_non_exhaustive()
    }
}
