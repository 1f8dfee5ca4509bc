//! Who holds an API key of WorkOS.

use std::{fmt, time::SystemTime};

use super::ORGANIZATION;
use crate::{
    limits::Limits,
    principal::{ApiKey, ApiKeyFacts},
};

/// An API key with this id, `api_key_…`, of an organization, without a permission.
///
/// ```
/// use workos_mcp::{Error, Principal, requires_session, testing};
///
/// #[requires_session(permission = "reports:read")]
/// async fn latest(caller: Principal) -> Result<String, Error> {
///     Ok(format!("for the {} {}", caller.kind(), caller.subject()))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let key = testing::api_key("api_key_01CI").permissions(["reports:read"]).build();
/// let report = testing::with_principal(key, latest()).await;
/// assert_eq!(report.unwrap(), "for the api_key api_key_01CI");
///
/// let other = testing::api_key("api_key_01OTHER").build();
/// assert!(testing::with_principal(other, latest()).await.is_err());
/// # }
/// ```
pub fn api_key(id: impl Into<Box<str>>) -> ApiKeyBuilder {
    ApiKeyBuilder {
        id: id.into(),
        name: "Testing".into(),
        organization_id: ORGANIZATION.into(),
        user_id: None,
        permissions: Box::default(),
    }
}

/// Makes an [`ApiKey`] that WorkOS has never heard of.
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ApiKeyBuilder {
    id: Box<str>,
    name: Box<str>,
    organization_id: Box<str>,
    user_id: Option<Box<str>>,
    permissions: Box<[Box<str>]>,
}

/// As that of the [`ApiKey`] that it makes: what is said of somebody stays out of logs.
impl fmt::Debug for ApiKeyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyBuilder").finish_non_exhaustive()
    }
}

impl ApiKeyBuilder {
    /// What its owner calls it. Default: `Testing`.
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// The organization that owns it, or that its user made it for. Default: `org_01TESTING`, since each key is of one.
    pub fn organization(mut self, organization_id: impl Into<Box<str>>) -> Self {
        self.organization_id = organization_id.into();
        self
    }

    /// The user who owns it. Default: none, it is of the whole organization.
    pub fn user(mut self, user_id: impl Into<Box<str>>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// The permissions that it was given. Default: none.
    pub fn permissions(
        mut self,
        permissions: impl IntoIterator<Item = impl Into<Box<str>>>,
    ) -> Self {
        self.permissions = permissions.into_iter().map(Into::into).collect();
        self
    }

    /// The API key.
    pub fn build(self) -> ApiKey {
        ApiKey::new(ApiKeyFacts {
            issuer: "https://api.workos.com".into(),
            id: self.id,
            name: self.name,
            organization_id: Some(self.organization_id),
            user_id: self.user_id,
            permissions: self.permissions,
            good_until: SystemTime::now() + Limits::default().api_key_ttl,
        })
    }
}
