//! Who calls with an API key of WorkOS.

use std::{fmt, sync::Arc, time::SystemTime};

/// An API key of an organization or of one of its users, as WorkOS described it when it was checked last.
///
/// See [`ProviderBuilder::api_keys`](crate::ProviderBuilder::api_keys). Cheap to clone, and never holds the key's value. Two are
/// equal when they are the same key of the same organization.
///
/// ```
/// use workos_mcp::{Error, Principal, principal};
///
/// fn owner() -> Result<Option<String>, Error> {
///     Ok(match principal()? {
///         Principal::ApiKey(key) => key.user_id().map(str::to_owned),
///         _ => None,
///     })
/// }
/// ```
#[derive(Clone)]
pub struct ApiKey {
    facts: Arc<ApiKeyFacts>,
}

/// What [`crate::api_key`] heard of a key that WorkOS says is good.
pub(crate) struct ApiKeyFacts {
    /// The WorkOS API that answered.
    pub(crate) issuer: Arc<str>,
    pub(crate) id: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) organization_id: Option<Box<str>>,
    pub(crate) user_id: Option<Box<str>>,
    pub(crate) permissions: Box<[Box<str>]>,
    /// Until when it is believed without asking again, at most until the key expires.
    pub(crate) good_until: SystemTime,
}

impl ApiKey {
    pub(crate) fn new(facts: ApiKeyFacts) -> Self {
        Self {
            facts: Arc::new(facts),
        }
    }

    /// The id of the key, `api_key_…`; not its value.
    pub fn id(&self) -> &str {
        &self.facts.id
    }

    /// What its owner calls it.
    pub fn name(&self) -> &str {
        &self.facts.name
    }

    /// The organization that owns it, or that its user made it for.
    pub fn organization_id(&self) -> Option<&str> {
        self.facts.organization_id.as_deref()
    }

    /// The user who owns it; `None` for a key of a whole organization.
    pub fn user_id(&self) -> Option<&str> {
        self.facts.user_id.as_deref()
    }

    /// The permissions that it was given, which is all that it may do.
    pub fn permissions(&self) -> impl ExactSizeIterator<Item = &str> {
        self.facts.permissions.iter().map(AsRef::as_ref)
    }

    /// Whether it was given this permission.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.permissions().any(|given| given == permission)
    }

    /// The WorkOS API that vouches for it.
    pub(super) fn issuer(&self) -> &str {
        &self.facts.issuer
    }

    pub(super) fn facts(&self) -> &ApiKeyFacts {
        &self.facts
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.facts, &other.facts)
    }

    fn identity(&self) -> (&str, &str, Option<&str>) {
        (self.issuer(), self.id(), self.organization_id())
    }
}

impl PartialEq for ApiKey {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for ApiKey {}

impl std::hash::Hash for ApiKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// Names what is there without its value: it ends up in logs.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("organization", &self.organization_id().is_some())
            .field("user", &self.user_id().is_some())
            .field("permissions", &self.facts.permissions.len())
            .finish_non_exhaustive()
    }
}
