//! The signed-in user, loaded from the WorkOS API and remembered for a while.

use std::{fmt, ops::Deref, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::Instant;

use crate::{context::Context, error::Error, limits::Limits, remembered::Remembered};

/// A WorkOS user, as the API describes them.
///
/// Dereferences to the SDK's [`workos::User`]. `Debug` shows no field of it.
///
/// ```
/// use workos_mcp::{Error, user};
///
/// async fn my_tool() -> Result<String, Error> {
///     let user = user().await?;
///     Ok(format!("Hello, {}!", user.first_name.as_deref().unwrap_or("you")))
/// }
/// ```
#[derive(Clone)]
pub struct User(Arc<workos::User>);

impl User {
    /// The SDK's own value.
    ///
    /// ```
    /// use workos_mcp::{Error, user};
    ///
    /// async fn my_tool() -> Result<workos_mcp::workos::User, Error> {
    ///     Ok(user().await?.into_inner())
    /// }
    /// ```
    pub fn into_inner(self) -> workos::User {
        Arc::unwrap_or_clone(self.0)
    }
}

#[cfg(feature = "testing")]
impl From<workos::User> for User {
    fn from(user: workos::User) -> Self {
        Self(Arc::new(user))
    }
}

impl Deref for User {
    type Target = workos::User;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").finish_non_exhaustive()
    }
}

/// The signed-in user, from the WorkOS API.
///
/// Remembered for [`Limits::user_ttl`]; calls at the same time make one request, and none waits longer
/// than [`Limits::api_timeout`].
///
/// ```
/// use workos_mcp::{Error, user};
///
/// async fn my_tool() -> Result<String, Error> {
///     Ok(format!("Your address is {}", user().await?.email))
/// }
/// ```
///
/// # Errors
///
/// As [`session`](crate::session()); [`ErrorKind::NotConfigured`](crate::ErrorKind::NotConfigured) when the provider
/// has no API key; [`ErrorKind::WorkosApi`](crate::ErrorKind::WorkosApi) when WorkOS answers with an error, or not in time.
pub async fn user() -> Result<User, Error> {
    current().await
}

/// Boxed in here, or each crate that asks for the user compiles all that is behind it again.
fn current() -> BoxFuture<'static, Result<User, Error>> {
    async {
        let context = Context::current()?;
        let user_id = context.caller(Context::session)?.user_id();
        #[cfg(feature = "testing")]
        if let Some(user) = context.user() {
            return Ok(user.clone());
        }
        let provider = context.provider()?;
        let client = provider.client()?;
        let timeout = provider.config().limits.api_timeout;
        let deadline = Instant::now() + timeout;
        provider.users().get(user_id, deadline, client).await
    }
    .boxed()
}

/// Users by id. A provider has one WorkOS environment, so an id names one user.
pub(crate) struct Users(Remembered<String, User>);

impl Users {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Remembered::new(
            "get user",
            limits.users,
            limits.user_ttl,
            limits.user_failure_ttl,
        ))
    }

    async fn get(
        &self,
        user_id: &str,
        deadline: Instant,
        client: &workos::Client,
    ) -> Result<User, Error> {
        let user_id = user_id.to_owned();
        let load = || load(user_id.clone(), client.clone()).boxed();
        self.0.get_or_load(&user_id, deadline, load).await
    }
}

async fn load(user_id: String, client: workos::Client) -> Result<User, Error> {
    let api = client.user_management();
    let user = api.get_user(&user_id).await?;
    // Whoever answers for another user than the one asked about must not lend out their identity.
    if user.id == user_id {
        Ok(User(Arc::new(user)))
    } else {
        Err(Error::workos_answered_another_user())
    }
}
