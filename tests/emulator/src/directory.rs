//! The users of the environment, and what else the dashboard manages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api_keys::ApiKey;
use crate::applications::Application;
use crate::feature_flags::FeatureFlag;
use crate::ids;
use crate::organizations::Organization;
use crate::roles::Role;
use crate::seed;

/// A user of the environment. Methods that change one take it and give it back, for
/// [`EmulatorBuilder::user`](crate::EmulatorBuilder::user) and
/// [`Emulator::update_user`](crate::Emulator::update_user).
#[derive(Clone, Debug, Serialize)]
pub struct User {
    object: &'static str,
    pub(crate) id: String,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) profile_picture_url: Option<String>,
    pub(crate) email: String,
    pub(crate) email_verified: bool,
    external_id: Option<String>,
    metadata: BTreeMap<String, String>,
    last_sign_in_at: String,
    locale: String,
    created_at: String,
    updated_at: String,
    #[serde(skip)]
    pub(crate) memberships: Vec<Membership>,
}

impl User {
    /// A user with a fresh id, a verified email address, no name and no organization.
    pub fn new(email: impl Into<String>) -> Self {
        Self {
            object: "user",
            id: ids::with_prefix("user"),
            first_name: None,
            last_name: None,
            name: None,
            profile_picture_url: None,
            email: email.into(),
            email_verified: true,
            external_id: None,
            metadata: BTreeMap::new(),
            last_sign_in_at: seed::SIGNED_IN_AT.to_owned(),
            locale: "en-US".to_owned(),
            created_at: seed::CREATED_AT.to_owned(),
            updated_at: seed::UPDATED_AT.to_owned(),
            memberships: Vec::new(),
        }
    }

    /// Replaces the id, which WorkOS writes as `user_` and a ULID.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Replaces the email address.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<String>) -> Self {
        self.email = email.into();
        self
    }

    /// Says whether the email address is verified. Defaults to `true`.
    #[must_use]
    pub fn with_email_verified(mut self, verified: bool) -> Self {
        self.email_verified = verified;
        self
    }

    /// Replaces the first, the last and the full name.
    #[must_use]
    pub fn with_name(mut self, first: impl Into<String>, last: impl Into<String>) -> Self {
        let (first, last) = (first.into(), last.into());
        self.name = Some(format!("{first} {last}"));
        self.first_name = Some(first);
        self.last_name = Some(last);
        self
    }

    /// Takes the first, the last and the full name away.
    #[must_use]
    pub fn without_name(mut self) -> Self {
        self.name = None;
        self.first_name = None;
        self.last_name = None;
        self
    }

    /// Replaces the address of the profile picture.
    #[must_use]
    pub fn with_profile_picture_url(mut self, url: impl Into<String>) -> Self {
        self.profile_picture_url = Some(url.into());
        self
    }

    /// Makes the user an active member with this role; an existing membership of the organization
    /// gets the role and becomes active.
    #[must_use]
    pub fn member_of(self, organization_id: impl Into<String>, role: impl Into<String>) -> Self {
        self.member_with(organization_id, role, MembershipStatus::Active)
    }

    /// [`member_of`](Self::member_of) with a status.
    #[must_use]
    pub fn member_with(
        mut self,
        organization_id: impl Into<String>,
        role: impl Into<String>,
        status: MembershipStatus,
    ) -> Self {
        let (organization_id, role) = (organization_id.into(), role.into());
        let known = self
            .memberships
            .iter_mut()
            .find(|membership| membership.organization_id == organization_id);
        match known {
            Some(membership) => {
                membership.role = role;
                membership.status = status;
            }
            None => self.memberships.push(Membership {
                id: ids::with_prefix("om"),
                organization_id,
                role,
                status,
            }),
        }
        self
    }

    /// Ends the membership of the organization.
    #[must_use]
    pub fn not_member_of(mut self, organization_id: &str) -> Self {
        self.memberships
            .retain(|membership| membership.organization_id != organization_id);
        self
    }

    /// The id, `user_…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The email address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Whether the email address is verified.
    pub fn email_verified(&self) -> bool {
        self.email_verified
    }

    /// The first name.
    pub fn first_name(&self) -> Option<&str> {
        self.first_name.as_deref()
    }

    /// The last name.
    pub fn last_name(&self) -> Option<&str> {
        self.last_name.as_deref()
    }

    /// The full name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The address of the profile picture.
    pub fn profile_picture_url(&self) -> Option<&str> {
        self.profile_picture_url.as_deref()
    }

    /// The memberships, oldest first.
    pub fn memberships(&self) -> &[Membership] {
        &self.memberships
    }

    /// The organization that sign-in chooses when the request names none: the first one in which
    /// the user is an active member.
    pub(crate) fn default_organization(&self) -> Option<&str> {
        self.active_organizations().next()
    }

    pub(crate) fn active_organizations(&self) -> impl Iterator<Item = &str> {
        self.memberships
            .iter()
            .filter(|membership| membership.is_active())
            .map(|membership| membership.organization_id.as_str())
    }
}

/// A user's place in an organization.
#[derive(Clone, Debug)]
pub struct Membership {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) role: String,
    pub(crate) status: MembershipStatus,
}

impl Membership {
    /// The id, `om_…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The organization, `org_…`.
    pub fn organization_id(&self) -> &str {
        &self.organization_id
    }

    /// The slug of the role.
    pub fn role(&self) -> &str {
        &self.role
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == MembershipStatus::Active
    }

    /// The status.
    pub fn status(&self) -> MembershipStatus {
        self.status
    }
}

/// The status of a [`Membership`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipStatus {
    /// The user may act for the organization.
    #[default]
    Active,
    /// The membership was deactivated.
    Inactive,
    /// The invitation was not accepted yet.
    Pending,
}

impl MembershipStatus {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "active" => Some(Self::Active),
            "inactive" => Some(Self::Inactive),
            "pending" => Some(Self::Pending),
            _ => None,
        }
    }
}

pub(crate) struct Directory {
    pub(crate) users: Vec<User>,
    pub(crate) organizations: Vec<Organization>,
    pub(crate) roles: Vec<Role>,
    pub(crate) feature_flags: Vec<FeatureFlag>,
    pub(crate) api_keys: Vec<ApiKey>,
    pub(crate) applications: Vec<Application>,
}

impl Directory {
    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(crate) fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users
            .iter()
            .find(|user| user.email.eq_ignore_ascii_case(email))
    }

    pub(crate) fn organization(&self, id: &str) -> Option<&Organization> {
        self.organizations
            .iter()
            .find(|organization| organization.id() == id)
    }

    pub(crate) fn organization_name(&self, id: &str) -> Option<&str> {
        self.organization(id).map(Organization::name)
    }

    pub(crate) fn membership_json(&self, user: &User, membership: &Membership) -> Value {
        json!({
            "object": "organization_membership",
            "id": membership.id,
            "user_id": user.id,
            "organization_id": membership.organization_id,
            "organization_name": self.organization_name(&membership.organization_id),
            "status": membership.status,
            "directory_managed": false,
            "custom_attributes": {},
            "role": { "slug": membership.role },
            "roles": [{ "slug": membership.role }],
            "user": user,
            "created_at": seed::CREATED_AT,
            "updated_at": seed::UPDATED_AT,
        })
    }

    /// Gives a role its permissions, and makes the role when there is none.
    pub(crate) fn set_role_permissions(
        &mut self,
        slug: &str,
        organization_id: Option<&str>,
        permissions: Vec<String>,
    ) -> &Role {
        let known = self
            .roles
            .iter()
            .position(|role| role.slug == slug && role.organization_id() == organization_id);
        let place = known.unwrap_or_else(|| {
            let role = Role::new(slug);
            self.roles.push(match organization_id {
                Some(id) => role.of_organization(id),
                None => role,
            });
            self.roles.len() - 1
        });
        let role = &mut self.roles[place];
        role.permissions = permissions;
        role
    }
}
