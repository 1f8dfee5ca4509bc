//! Organizations.

use serde_json::{Value, json};

use crate::ids;
use crate::seed;

/// An organization of the environment.
#[derive(Clone, Debug)]
pub struct Organization {
    id: String,
    name: String,
    domains: Vec<Domain>,
    external_id: Option<String>,
}

#[derive(Clone, Debug)]
struct Domain {
    id: String,
    name: String,
}

impl Organization {
    /// An organization with a fresh id and no domain.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: ids::with_prefix("org"),
            name: name.into(),
            domains: Vec::new(),
            external_id: None,
        }
    }

    /// Replaces the id, which WorkOS writes as `org_` and a ULID.
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

    /// Adds a verified domain.
    #[must_use]
    pub fn with_domain(mut self, name: impl Into<String>) -> Self {
        self.domains.push(Domain {
            id: ids::with_prefix("org_domain"),
            name: name.into(),
        });
        self
    }

    /// Replaces the id that your own application has for it.
    #[must_use]
    pub fn with_external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// The id, `org_…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the domains.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.domains.iter().map(|domain| domain.name.as_str())
    }

    pub(crate) fn to_json(&self) -> Value {
        let domains: Vec<Value> = self
            .domains
            .iter()
            .map(|domain| {
                json!({
                    "object": "organization_domain",
                    "id": domain.id,
                    "organization_id": self.id,
                    "domain": domain.name,
                    "state": "verified",
                    "verification_prefix": null,
                    "verification_token": null,
                    "verification_strategy": "manual",
                    "created_at": seed::CREATED_AT,
                    "updated_at": seed::UPDATED_AT,
                })
            })
            .collect();
        json!({
            "object": "organization",
            "id": self.id,
            "name": self.name,
            "domains": domains,
            "metadata": {},
            "external_id": self.external_id,
            "stripe_customer_id": null,
            "allow_profiles_outside_organization": false,
            "created_at": seed::CREATED_AT,
            "updated_at": seed::UPDATED_AT,
        })
    }
}
