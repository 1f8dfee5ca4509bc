//! For unit tests of functions that ask who is calling: callers of every kind and shape, and a request to run them for.
//!
//! ```
//! use workos_mcp::{Error, Session, requires_session, testing};
//!
//! #[derive(Clone)]
//! struct Widgets;
//!
//! impl Widgets {
//!     #[requires_session(role = "admin")]
//!     async fn delete(&self, id: u32, session: Session) -> Result<String, Error> {
//!         Ok(format!("{} deleted {id}", session.user_id()))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let admin = testing::session("user_01ADA").role("admin").build();
//! let deleted = testing::with_session(admin, Widgets.delete(7)).await;
//! assert_eq!(deleted.unwrap(), "user_01ADA deleted 7");
//!
//! let member = testing::session("user_01GRACE").role("member").build();
//! let refused = testing::with_session(member, Widgets.delete(7)).await;
//! assert!(refused.unwrap_err().to_string().contains("it requires the role `admin`"));
//!
//! let outside = Widgets.delete(7).await;
//! assert!(outside.unwrap_err().to_string().starts_with("Session not initialized"));
//! # }
//! ```
//!
//! | who calls | made by | run by |
//! |---|---|---|
//! | a user | [`session`] | [`with_session`], or [`with_user`] where the function takes a [`User`] |
//! | a machine | [`machine`] | [`with_principal`] |
//! | the holder of an API key | [`api_key`] | [`with_principal`] |
//! | nobody | | [`signed_out`] |
//!
//! A caller has the roles, permissions and feature flags that are stated here, and no others. There is no provider, so no
//! `scope_hierarchy`: name every scope. The WorkOS API is out of reach: `client()` and `user()` say that there is no key.

mod api_key;
mod machine;
mod session;
mod token;

pub use api_key::{ApiKeyBuilder, api_key};
pub use machine::{MachineBuilder, machine};
pub use session::{SessionBuilder, session};

use crate::{
    context::Context,
    principal::{Principal, Session},
    user::User,
};

/// Of who always belongs to one.
const ORGANIZATION: &str = "org_01TESTING";

/// Runs a future as for a request of this session's user.
///
/// To test a function that takes a [`User`], use [`with_user`].
pub async fn with_session<F: Future>(session: Session, future: F) -> F::Output {
    with_principal(session, future).await
}

/// Runs a future as for a request of this session's user, who is `user` when it asks for them.
///
/// ```
/// use workos_mcp::{Error, User, testing, workos, workos_user};
///
/// #[workos_user]
/// async fn greeting(user: User) -> Result<String, Error> {
///     Ok(format!("Hello, {}", user.email))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ada: workos::User = serde_json::from_value(serde_json::json!({
///     "object": "user", "id": "user_01ADA", "email": "ada@example.com", "email_verified": true,
///     "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
/// }))?;
/// let greeted = testing::with_user(testing::session("user_01ADA").build(), ada, greeting()).await;
/// assert_eq!(greeted?, "Hello, ada@example.com");
/// # Ok(())
/// # }
/// ```
pub async fn with_user<F: Future>(session: Session, user: workos::User, future: F) -> F::Output {
    Context::in_test(Some(session.into()), Some(User::from(user)))
        .run(|| future)
        .await
}

/// Runs a future as for a request of this caller, of whatever kind: a [`Machine`](crate::Machine), an
/// [`ApiKey`](crate::ApiKey), a [`Session`], or a [`Principal`] that is one of them.
///
/// ```
/// use workos_mcp::{Error, ErrorKind, Principal, Session, requires_session, testing};
///
/// #[requires_session]
/// fn mine(session: Session) -> Result<String, Error> {
///     Ok(session.user_id().to_owned())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let callers: [Principal; 2] = [
///     testing::machine("client_01NIGHTLY").build().into(),
///     testing::api_key("api_key_01CI").user("user_01ADA").build().into(),
/// ];
/// for caller in callers {
///     let refused = testing::with_principal(caller, async { mine() }).await;
///     assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotAUser);
/// }
/// # }
/// ```
pub async fn with_principal<F: Future>(principal: impl Into<Principal>, future: F) -> F::Output {
    Context::in_test(Some(principal.into()), None)
        .run(|| future)
        .await
}

/// Runs a future as for a request of somebody who is not signed in, where the provider lets them in.
///
/// ```
/// use rmcp::{tool, tool_router};
/// use workos_mcp::{Error, ErrorKind, Session, public, requires_session, testing};
///
/// struct Library;
///
/// #[tool_router]
/// impl Library {
///     #[public]
///     #[tool]
///     async fn search(&self, session: Option<Session>) -> Result<String, Error> {
///         Ok(session.map_or("found".to_owned(), |session| format!("found for {}", session.user_id())))
///     }
///
///     #[requires_session]
///     #[tool]
///     async fn borrow(&self, session: Session) -> Result<String, Error> {
///         Ok(session.user_id().to_owned())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert_eq!(testing::signed_out(Library.search()).await.unwrap(), "found");
///
/// let ada = testing::session("user_01ADA").build();
/// let found = testing::with_session(ada, Library.search()).await;
/// assert_eq!(found.unwrap(), "found for user_01ADA");
///
/// let refused = testing::signed_out(Library.borrow()).await;
/// assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotSignedIn);
/// # }
/// ```
pub async fn signed_out<F: Future>(future: F) -> F::Output {
    Context::in_test(None, None).run(|| future).await
}

#[cfg(test)]
mod tests;
