//! For unit tests of functions that ask who is calling: a session of any shape, and a request to run them for.
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

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde_json::{Map, Value, json};

use crate::{
    context::Context,
    principal::{Session, VerifiedClaims},
    user::User,
};

const ISSUER: &str = "https://testing.authkit.app";

/// A session of this user, with the base scopes, no organization, and an hour to live.
pub fn session(user_id: impl Into<String>) -> SessionBuilder {
    SessionBuilder {
        user_id: user_id.into(),
        session_id: None,
        organization_id: None,
        client_id: None,
        scopes: crate::config::BASE_SCOPES.map(Into::into).to_vec(),
        role: None,
        roles: None,
        permissions: None,
        feature_flags: None,
        issued_at: SystemTime::now(),
        lifetime: Duration::from_secs(3600),
        claims: Map::new(),
    }
}

/// Makes a [`Session`] that no token stands behind.
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct SessionBuilder {
    user_id: String,
    session_id: Option<Box<str>>,
    organization_id: Option<Box<str>>,
    client_id: Option<Box<str>>,
    scopes: Vec<Box<str>>,
    role: Option<Box<str>>,
    roles: Option<Vec<Box<str>>>,
    permissions: Option<Vec<Box<str>>>,
    feature_flags: Option<Vec<Box<str>>>,
    issued_at: SystemTime,
    lifetime: Duration,
    claims: Map<String, Value>,
}

/// As that of the [`Session`] that it makes: what is said of somebody stays out of logs.
impl fmt::Debug for SessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder").finish_non_exhaustive()
    }
}

impl SessionBuilder {
    /// The consent's id. Default: none.
    pub fn session_id(mut self, session_id: impl Into<Box<str>>) -> Self {
        self.session_id = Some(session_id.into());
        self
    }

    /// The organization that the user chose. Default: none.
    pub fn organization(mut self, organization_id: impl Into<Box<str>>) -> Self {
        self.organization_id = Some(organization_id.into());
        self
    }

    /// The OAuth client. Default: none.
    pub fn client(mut self, client_id: impl Into<Box<str>>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The granted scopes. Default: `openid profile email offline_access`.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The role that the token names, as from a JWT template. Default: none.
    pub fn role(mut self, role: impl Into<Box<str>>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// The roles that the token lists, as from a JWT template. Default: that of [`role`](Self::role) alone.
    pub fn roles(mut self, roles: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        self.roles = Some(roles.into_iter().map(Into::into).collect());
        self
    }

    /// The permissions that the token lists, as from a JWT template. Default: none.
    pub fn permissions(
        mut self,
        permissions: impl IntoIterator<Item = impl Into<Box<str>>>,
    ) -> Self {
        self.permissions = Some(permissions.into_iter().map(Into::into).collect());
        self
    }

    /// The feature flags that are on. Default: none.
    pub fn feature_flags(
        mut self,
        feature_flags: impl IntoIterator<Item = impl Into<Box<str>>>,
    ) -> Self {
        self.feature_flags = Some(feature_flags.into_iter().map(Into::into).collect());
        self
    }

    /// When the token was issued. Default: now.
    pub fn issued_at(mut self, issued_at: SystemTime) -> Self {
        self.issued_at = issued_at;
        self
    }

    /// How long the token is valid from then on. Default: one hour.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Another claim, for [`Session::claims`].
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// The session.
    pub fn build(self) -> Session {
        let seconds = |time: SystemTime| {
            time.duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs()
        };
        let (issued_at, expires_at) = (
            seconds(self.issued_at),
            seconds(self.issued_at + self.lifetime),
        );
        let mut claims = self.claims;
        claims.extend([
            ("iss".to_owned(), json!(ISSUER)),
            ("sub".to_owned(), json!(self.user_id)),
            ("iat".to_owned(), json!(issued_at)),
            ("exp".to_owned(), json!(expires_at)),
            ("scope".to_owned(), json!(self.scopes.join(" "))),
        ]);
        for (name, value) in [
            ("sid", &self.session_id),
            ("org_id", &self.organization_id),
            ("client_id", &self.client_id),
            ("role", &self.role),
        ] {
            if let Some(value) = value {
                claims.insert(name.to_owned(), json!(value));
            }
        }
        for (name, values) in [
            ("roles", &self.roles),
            ("permissions", &self.permissions),
            ("feature_flags", &self.feature_flags),
        ] {
            if let Some(values) = values {
                claims.insert(name.to_owned(), json!(values));
            }
        }
        let roles = match (self.roles, self.role.clone()) {
            (None, None) => None,
            (roles, role) => Some(roles.into_iter().flatten().chain(role).collect()),
        };
        Session::new(VerifiedClaims {
            issuer: ISSUER.into(),
            subject: self.user_id.into(),
            session_id: self.session_id,
            organization_id: self.organization_id,
            client_id: self.client_id,
            scopes: self.scopes.into(),
            role: self.role,
            roles,
            permissions: self.permissions.map(Into::into),
            feature_flags: self.feature_flags.map(Into::into),
            issued_at,
            expires_at,
            payload: Value::Object(claims).to_string().into(),
        })
    }
}

/// Runs a future as for a request of this session's user.
///
/// The user has the roles, permissions and feature flags that the session names, and no others. There is no provider, so
/// no `scope_hierarchy`: name every scope.
///
/// The WorkOS API is out of reach: `client()` and `user()` say that there is no key. To test a function that
/// takes a [`User`], use [`with_user`].
pub async fn with_session<F: Future>(session: Session, future: F) -> F::Output {
    Context::in_test(session, None).run(|| future).await
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
    Context::in_test(session, Some(User::from(user)))
        .run(|| future)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    // Attacks: 28.
    #[test]
    fn debug_shows_nothing_of_who_is_made_up() {
        let builder = session("user_01ADA")
            .organization("org_01ACME")
            .role("admin")
            .claim("email", "ada@example.com");
        let shown = format!("{builder:?} {:?}", builder.clone().build());
        for word in ["user_01ADA", "org_01ACME", "admin", "ada@example.com"] {
            assert!(!shown.contains(word), "{shown}");
        }
    }
}
