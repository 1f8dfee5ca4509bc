//! What somebody would do in the dashboard, and what it shows.

use serde_json::{Value, json};

use super::Emulator;
use crate::api_keys::ApiKey;
use crate::applications::Application;
use crate::directory::User;
use crate::feature_flags::FeatureFlag;
use crate::organizations::Organization;
use crate::records::AuditLogEvent;
use crate::roles::Role;
use crate::seed;

/// # Users and organizations
impl Emulator {
    /// Ada Lovelace, ada@example.com, admin of Acme.
    pub fn ada(&self) -> User {
        self.user(seed::ADA).unwrap_or_else(seed::ada)
    }

    /// Grace Hopper, grace@example.com, member of Acme and of Globex.
    pub fn grace(&self) -> User {
        self.user(seed::GRACE).unwrap_or_else(seed::grace)
    }

    /// The user with this id, as it is now.
    pub fn user(&self, id: &str) -> Option<User> {
        self.environment.directory.read().user(id).cloned()
    }

    /// All users.
    pub fn users(&self) -> Vec<User> {
        self.environment.directory.read().users.clone()
    }

    /// The id of the organization Acme.
    pub fn acme(&self) -> &'static str {
        seed::ACME
    }

    /// The id of the organization Globex.
    pub fn globex(&self) -> &'static str {
        seed::GLOBEX
    }

    /// All organizations.
    pub fn organizations(&self) -> Vec<Organization> {
        self.environment.directory.read().organizations.clone()
    }

    /// Adds an organization.
    pub fn add_organization(&self, organization: Organization) {
        let data = organization.to_json();
        let mut directory = self.environment.directory.write();
        directory.organizations.push(organization);
        self.environment.records.event("organization.created", data);
    }

    /// Adds a user.
    pub fn add_user(&self, user: User) {
        let data = json!(user);
        self.environment.directory.write().users.push(user);
        self.environment.records.event("user.created", data);
    }

    /// Changes a user, and says whether there is one with this id:
    /// `emulator.update_user(ada.id(), |ada| ada.with_name("Ada", "King"))`.
    pub fn update_user(&self, id: &str, change: impl FnOnce(User) -> User) -> bool {
        let mut directory = self.environment.directory.write();
        let found = directory.users.iter_mut().find(|user| user.id == id);
        match found {
            Some(user) => {
                *user = change(user.clone());
                self.environment.records.event("user.updated", json!(user));
                true
            }
            None => false,
        }
    }

    /// Deletes a user, and says whether there was one. Issued tokens stay valid, as at WorkOS.
    pub fn remove_user(&self, id: &str) -> bool {
        let mut directory = self.environment.directory.write();
        let place = directory.users.iter().position(|user| user.id == id);
        match place {
            Some(place) => {
                let user = directory.users.remove(place);
                self.environment.records.event("user.deleted", json!(user));
                true
            }
            None => false,
        }
    }
}

/// # Roles and permissions
impl Emulator {
    /// Makes the user an active member of the organization with this role, and says whether there
    /// is a user with this id.
    pub fn set_role(&self, user_id: &str, organization_id: &str, role: &str) -> bool {
        let mut directory = self.environment.directory.write();
        let found = directory.users.iter().position(|user| user.id == user_id);
        let Some(place) = found else {
            return false;
        };
        let user = directory.users[place].clone();
        let is_new = !user
            .memberships
            .iter()
            .any(|membership| membership.organization_id == organization_id);
        let user = user.member_of(organization_id, role);
        directory.users[place] = user.clone();
        let changed = user
            .memberships
            .iter()
            .find(|membership| membership.organization_id == organization_id)
            .map(|membership| directory.membership_json(&user, membership));
        let event = if is_new {
            "organization_membership.created"
        } else {
            "organization_membership.updated"
        };
        let records = &self.environment.records;
        records.event(event, changed.unwrap_or_default());
        true
    }

    /// All roles, of the environment and of organizations.
    pub fn roles(&self) -> Vec<Role> {
        self.environment.directory.read().roles.clone()
    }

    /// Gives a role of the environment these permissions and no others; a slug that is unknown
    /// makes a role.
    pub fn set_role_permissions<'a>(
        &self,
        slug: &str,
        permissions: impl IntoIterator<Item = &'a str>,
    ) {
        self.set_permissions(slug, None, permissions);
    }

    /// [`set_role_permissions`](Self::set_role_permissions) for a role of one organization.
    pub fn set_organization_role_permissions<'a>(
        &self,
        organization_id: &str,
        slug: &str,
        permissions: impl IntoIterator<Item = &'a str>,
    ) {
        self.set_permissions(slug, Some(organization_id), permissions);
    }

    fn set_permissions<'a>(
        &self,
        slug: &str,
        organization_id: Option<&str>,
        permissions: impl IntoIterator<Item = &'a str>,
    ) {
        let permissions = permissions.into_iter().map(str::to_owned).collect();
        let mut directory = self.environment.directory.write();
        let role = directory.set_role_permissions(slug, organization_id, permissions);
        let event = match organization_id {
            Some(_) => "organization_role.updated",
            None => "role.updated",
        };
        self.environment.records.event(event, role.to_json());
    }
}

/// # Feature flags
impl Emulator {
    /// All feature flags.
    pub fn feature_flags(&self) -> Vec<FeatureFlag> {
        self.environment.directory.read().feature_flags.clone()
    }

    /// Adds a feature flag, or replaces the one with the same slug.
    pub fn set_feature_flag(&self, flag: FeatureFlag) {
        let mut directory = self.environment.directory.write();
        let flags = &mut directory.feature_flags;
        flags.retain(|known| known.slug != flag.slug);
        flags.push(flag);
    }

    /// Switches a feature flag on for a user or an organization; a slug that is unknown makes a
    /// flag.
    pub fn enable_feature_flag(&self, slug: &str, target_id: &str) {
        let mut directory = self.environment.directory.write();
        let flags = &mut directory.feature_flags;
        match flags.iter_mut().find(|flag| flag.slug == slug) {
            Some(flag) => flag.add_target(target_id),
            None => flags.push(FeatureFlag::new(slug).with_target(target_id)),
        }
    }

    /// Switches a feature flag off for a user or an organization.
    pub fn disable_feature_flag(&self, slug: &str, target_id: &str) {
        let mut directory = self.environment.directory.write();
        let flags = directory.feature_flags.iter_mut();
        for flag in flags.filter(|flag| flag.slug == slug) {
            flag.targets.retain(|target| target != target_id);
        }
    }

    /// Removes a feature flag.
    pub fn remove_feature_flag(&self, slug: &str) {
        let mut directory = self.environment.directory.write();
        directory.feature_flags.retain(|flag| flag.slug != slug);
    }
}

/// # API keys and applications
impl Emulator {
    /// The API keys of customers, as they are now. The key of the environment itself is
    /// [`api_key`](Self::api_key).
    pub fn api_keys(&self) -> Vec<ApiKey> {
        self.environment.directory.read().api_keys.clone()
    }

    /// Adds an API key of a customer, and gives it back for its value.
    pub fn add_api_key(&self, key: ApiKey) -> ApiKey {
        let mut directory = self.environment.directory.write();
        directory.api_keys.push(key.clone());
        let records = &self.environment.records;
        records.event("api_key.created", key.to_json());
        key
    }

    /// Revokes an API key, and says whether there was one with this id.
    pub fn revoke_api_key(&self, id: &str) -> bool {
        let mut directory = self.environment.directory.write();
        let place = directory.api_keys.iter().position(|key| key.id() == id);
        match place {
            Some(place) => {
                let key = directory.api_keys.remove(place);
                let records = &self.environment.records;
                records.event("api_key.revoked", key.to_json());
                true
            }
            None => false,
        }
    }

    /// All Connect applications.
    pub fn applications(&self) -> Vec<Application> {
        self.environment.directory.read().applications.clone()
    }

    /// The M2M application that every environment starts with, of Acme.
    pub fn machine(&self) -> Option<Application> {
        let applications = self.applications();
        applications
            .into_iter()
            .find(|application| application.id == seed::MACHINE_ID)
    }

    /// Adds a Connect application.
    pub fn add_application(&self, application: Application) {
        let mut directory = self.environment.directory.write();
        directory.applications.push(application);
    }

    /// Removes a Connect application, and says whether there was one with this client id.
    pub fn remove_application(&self, id: &str) -> bool {
        let mut directory = self.environment.directory.write();
        let before = directory.applications.len();
        directory
            .applications
            .retain(|application| application.id != id);
        directory.applications.len() < before
    }
}

/// # What happened
impl Emulator {
    /// The events that were sent to the audit log, oldest first.
    pub fn audit_log_events(&self) -> Vec<AuditLogEvent> {
        self.environment.records.audit_log()
    }

    /// Adds an event of any name to the list that `GET /events` reads. Changes made with the
    /// methods above add theirs on their own.
    pub fn add_event(&self, name: &str, data: Value) {
        self.environment.records.event(name, data);
    }
}
