//! Roles and their permissions.

use serde_json::{Value, json};

use crate::ids;
use crate::seed;

/// A role: of the environment, and so of every organization, or of one organization.
#[derive(Clone, Debug)]
pub struct Role {
    id: String,
    pub(crate) slug: String,
    name: String,
    organization_id: Option<String>,
    pub(crate) permissions: Vec<String>,
}

impl Role {
    /// A role of the environment without permissions. Its name is the slug with a capital.
    pub fn new(slug: impl Into<String>) -> Self {
        let slug = slug.into();
        let mut letters = slug.chars();
        let name = letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect());
        Self {
            id: ids::with_prefix("role"),
            name: name.unwrap_or_default(),
            slug,
            organization_id: None,
            permissions: Vec::new(),
        }
    }

    /// Replaces the id, which WorkOS writes as `role_` and a ULID.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Replaces the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds a permission by its slug.
    #[must_use]
    pub fn with_permission(mut self, slug: impl Into<String>) -> Self {
        self.permissions.push(slug.into());
        self
    }

    /// Makes it a role of this organization only.
    #[must_use]
    pub fn of_organization(mut self, id: impl Into<String>) -> Self {
        self.organization_id = Some(id.into());
        self
    }

    /// The slug.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The slugs of the permissions.
    pub fn permissions(&self) -> &[String] {
        &self.permissions
    }

    /// The organization, for a role that is not of the environment.
    pub fn organization_id(&self) -> Option<&str> {
        self.organization_id.as_deref()
    }

    pub(crate) fn is_known_to(&self, organization_id: &str) -> bool {
        self.organization_id()
            .is_none_or(|id| id == organization_id)
    }

    pub(crate) fn to_json(&self) -> Value {
        let kind = match self.organization_id {
            Some(_) => "OrganizationRole",
            None => "EnvironmentRole",
        };
        json!({
            "object": "role",
            "id": self.id,
            "slug": self.slug,
            "name": self.name,
            "description": null,
            "type": kind,
            "resource_type_slug": "organization",
            "permissions": self.permissions,
            "created_at": seed::CREATED_AT,
            "updated_at": seed::UPDATED_AT,
        })
    }
}
