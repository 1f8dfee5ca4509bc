//! A user who signed in.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::token::Token;
use crate::{config::BASE_SCOPES, principal::Session};

/// A session of this user, with the base scopes, no organization, and an hour to live.
pub fn session(user_id: impl Into<String>) -> SessionBuilder {
    let mut token = Token::of(user_id.into().into());
    token.scopes = BASE_SCOPES.map(Into::into).to_vec();
    SessionBuilder { token }
}

/// Makes a [`Session`] that no token stands behind.
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct SessionBuilder {
    token: Token,
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
        self.token.session_id = Some(session_id.into());
        self
    }

    /// The organization that the user chose. Default: none.
    pub fn organization(mut self, organization_id: impl Into<Box<str>>) -> Self {
        self.token.organization_id = Some(organization_id.into());
        self
    }

    /// The OAuth client. Default: none.
    pub fn client(mut self, client_id: impl Into<Box<str>>) -> Self {
        self.token.client_id = Some(client_id.into());
        self
    }

    /// The granted scopes. Default: `openid profile email offline_access`.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        self.token.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The role that the token names, as from a JWT template. Default: none.
    pub fn role(mut self, role: impl Into<Box<str>>) -> Self {
        self.token.role = Some(role.into());
        self
    }

    /// The roles that the token lists, as from a JWT template. Default: that of [`role`](Self::role) alone.
    pub fn roles(mut self, roles: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        self.token.roles = Some(roles.into_iter().map(Into::into).collect());
        self
    }

    /// The permissions that the token lists, as from a JWT template. Default: none.
    pub fn permissions(
        mut self,
        permissions: impl IntoIterator<Item = impl Into<Box<str>>>,
    ) -> Self {
        self.token.permissions = Some(permissions.into_iter().map(Into::into).collect());
        self
    }

    /// The feature flags that are on. Default: none.
    pub fn feature_flags(
        mut self,
        feature_flags: impl IntoIterator<Item = impl Into<Box<str>>>,
    ) -> Self {
        self.token.feature_flags = Some(feature_flags.into_iter().map(Into::into).collect());
        self
    }

    /// When the token was issued. Default: now.
    pub fn issued_at(mut self, issued_at: SystemTime) -> Self {
        self.token.issued_at = issued_at;
        self
    }

    /// How long the token is valid from then on. Default: one hour.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.token.lifetime = lifetime;
        self
    }

    /// Another claim, for [`Session::claims`].
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.token.claims.insert(name.into(), value.into());
        self
    }

    /// The session.
    pub fn build(self) -> Session {
        Session::new(self.token.verified())
    }
}
