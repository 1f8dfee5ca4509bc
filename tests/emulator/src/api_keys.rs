//! The API keys that an application gives to its own customers.

use std::fmt::{self, Debug, Formatter};
use std::time::SystemTime;

use aws_lc_rs::constant_time;
use serde_json::{Value, json};

use crate::ids;
use crate::state::timestamp;

/// An API key of an organization or of one of its users.
#[derive(Clone)]
pub struct ApiKey {
    id: String,
    value: String,
    name: String,
    organization_id: String,
    user_id: Option<String>,
    permissions: Vec<String>,
    expires_at: Option<SystemTime>,
    created_at: String,
}

impl ApiKey {
    /// A fresh key of an organization, without permissions.
    pub fn of_organization(organization_id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: ids::with_prefix("api_key"),
            value: format!("sk_{}", ids::secret()),
            name: name.into(),
            organization_id: organization_id.into(),
            user_id: None,
            permissions: Vec::new(),
            expires_at: None,
            created_at: timestamp(SystemTime::now()),
        }
    }

    /// A fresh key of a user in an organization, without permissions.
    pub fn of_user(
        user_id: impl Into<String>,
        organization_id: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        Self {
            user_id: Some(user_id.into()),
            ..Self::of_organization(organization_id, name)
        }
    }

    /// Replaces the value, the secret.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Adds a permission by its slug.
    #[must_use]
    pub fn with_permission(mut self, slug: impl Into<String>) -> Self {
        self.permissions.push(slug.into());
        self
    }

    /// Ends the key at this time. Defaults to never.
    #[must_use]
    pub fn with_expiry(mut self, at: SystemTime) -> Self {
        self.expires_at = Some(at);
        self
    }

    /// The id, `api_key_…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The value, the secret that a caller sends.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The organization, `org_…`.
    pub fn organization_id(&self) -> &str {
        &self.organization_id
    }

    /// The user, for a key that is not of a whole organization.
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// The slugs of the permissions.
    pub fn permissions(&self) -> &[String] {
        &self.permissions
    }

    pub(crate) fn is_valid(&self, value: &str) -> bool {
        let same =
            constant_time::verify_slices_are_equal(self.value.as_bytes(), value.as_bytes()).is_ok();
        same && self.expires_at.is_none_or(|at| at > SystemTime::now())
    }

    pub(crate) fn to_json(&self) -> Value {
        let owner = match &self.user_id {
            Some(user) => {
                json!({ "type": "user", "id": user, "organization_id": self.organization_id })
            }
            None => json!({ "type": "organization", "id": self.organization_id }),
        };
        json!({
            "object": "api_key",
            "id": self.id,
            "owner": owner,
            "name": self.name,
            "obfuscated_value": self.obfuscated(),
            "last_used_at": null,
            "expires_at": self.expires_at.map(timestamp),
            "permissions": self.permissions,
            "created_at": self.created_at,
            "updated_at": self.created_at,
        })
    }

    /// `sk_…c0de`: the last four characters tell keys apart.
    fn obfuscated(&self) -> String {
        let mut end: Vec<char> = self.value.chars().rev().take(4).collect();
        end.reverse();
        format!("sk_...{}", end.into_iter().collect::<String>())
    }
}

impl Debug for ApiKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
