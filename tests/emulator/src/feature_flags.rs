//! Feature flags.

use serde_json::{Value, json};

use crate::directory::User;
use crate::ids;
use crate::seed;

/// A feature flag, switched on for the users and organizations that it names.
#[derive(Clone, Debug)]
pub struct FeatureFlag {
    id: String,
    pub(crate) slug: String,
    name: String,
    enabled: bool,
    for_all: bool,
    pub(crate) targets: Vec<String>,
}

impl FeatureFlag {
    /// A flag that is enabled, but for nobody.
    pub fn new(slug: impl Into<String>) -> Self {
        let slug = slug.into();
        Self {
            id: ids::with_prefix("flag"),
            name: slug.replace('-', " "),
            slug,
            enabled: true,
            for_all: false,
            targets: Vec::new(),
        }
    }

    /// Replaces the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Says whether it is on at all. Defaults to `true`.
    #[must_use]
    pub fn with_enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Switches it on for everybody.
    #[must_use]
    pub fn for_all(mut self) -> Self {
        self.for_all = true;
        self
    }

    /// Switches it on for a user or an organization, by id.
    #[must_use]
    pub fn with_target(mut self, id: impl Into<String>) -> Self {
        self.add_target(&id.into());
        self
    }

    /// The slug.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The users and organizations for which it is on, by id.
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    pub(crate) fn add_target(&mut self, id: &str) {
        if !self.targets.iter().any(|target| target == id) {
            self.targets.push(id.to_owned());
        }
    }

    pub(crate) fn is_on_for(&self, id: &str) -> bool {
        self.enabled && (self.for_all || self.targets.iter().any(|target| target == id))
    }

    /// A user has the flags of their organizations too.
    pub(crate) fn is_on_for_user(&self, user: &User) -> bool {
        self.is_on_for(user.id())
            || user
                .active_organizations()
                .any(|organization| self.is_on_for(organization))
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "object": "feature_flag",
            "id": self.id,
            "slug": self.slug,
            "name": self.name,
            "description": null,
            "owner": null,
            "tags": [],
            "enabled": self.enabled,
            "default_value": self.for_all,
            "created_at": seed::CREATED_AT,
            "updated_at": seed::UPDATED_AT,
        })
    }
}
