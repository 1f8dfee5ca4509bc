//! An environment as a JSON file.

use std::io;
use std::ops::RangeInclusive;

use serde::Deserialize;

use crate::api_keys::ApiKey;
use crate::applications::Application;
use crate::directory::{Directory, MembershipStatus, User};
use crate::feature_flags::FeatureFlag;
use crate::organizations::Organization;
use crate::roles::Role;
use crate::state::Settings;

/// Every section may be left out; one that is there replaces what the emulator starts with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedFile {
    organizations: Option<Vec<OrganizationSeed>>,
    users: Option<Vec<UserSeed>>,
    roles: Option<Vec<RoleSeed>>,
    feature_flags: Option<Vec<FeatureFlagSeed>>,
    api_keys: Option<Vec<ApiKeySeed>>,
    applications: Option<Vec<ApplicationSeed>>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    default_resource: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationSeed {
    id: Option<String>,
    name: String,
    #[serde(default)]
    domains: Vec<String>,
    external_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserSeed {
    id: Option<String>,
    email: String,
    email_verified: Option<bool>,
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default)]
    memberships: Vec<MembershipSeed>,
}

/// An organization is named by its id or by its name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MembershipSeed {
    organization: String,
    role: String,
    #[serde(default)]
    status: MembershipStatus,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleSeed {
    slug: String,
    name: Option<String>,
    organization: Option<String>,
    #[serde(default)]
    permissions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeatureFlagSeed {
    slug: String,
    name: Option<String>,
    /// Users by id or email address, organizations by id or name.
    #[serde(default)]
    targets: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiKeySeed {
    name: String,
    value: String,
    organization: String,
    /// By id or email address.
    user: Option<String>,
    #[serde(default)]
    permissions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationSeed {
    id: String,
    name: String,
    secret: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    /// Makes it a machine-to-machine application.
    organization: Option<String>,
    /// For a machine-to-machine application only: others may ask for any.
    #[serde(default)]
    scopes: Vec<String>,
}

impl SeedFile {
    pub(crate) fn parse(json: &str) -> io::Result<Self> {
        serde_json::from_str(json).map_err(|error| invalid(error.to_string()))
    }

    pub(crate) fn apply(
        self,
        directory: &mut Directory,
        settings: &mut Settings,
    ) -> io::Result<()> {
        if let Some(organizations) = self.organizations {
            directory.organizations = organizations.into_iter().map(Into::into).collect();
        }
        if let Some(users) = self.users {
            let built = users.into_iter().map(|user| user.build(directory));
            directory.users = built.collect::<io::Result<_>>()?;
        }
        if let Some(roles) = self.roles {
            let built = roles.into_iter().map(|role| role.build(directory));
            directory.roles = built.collect::<io::Result<_>>()?;
        }
        if let Some(flags) = self.feature_flags {
            let built = flags.into_iter().map(|flag| flag.build(directory));
            directory.feature_flags = built.collect::<io::Result<_>>()?;
        }
        if let Some(keys) = self.api_keys {
            let built = keys.into_iter().map(|key| key.build(directory));
            directory.api_keys = built.collect::<io::Result<_>>()?;
        }
        for name in self.scopes {
            settings.add_scope(scope(name)?);
        }
        if let Some(applications) = self.applications {
            let built = applications
                .into_iter()
                .map(|one| one.build(directory, settings));
            directory.applications = built.collect::<io::Result<_>>()?;
        }
        for url in self.resources {
            settings.add_resource(url);
        }
        if let Some(url) = self.default_resource {
            settings.set_default_resource(url);
        }
        Ok(())
    }
}

impl From<OrganizationSeed> for Organization {
    fn from(seed: OrganizationSeed) -> Self {
        let mut organization = Self::new(seed.name);
        if let Some(id) = seed.id {
            organization = organization.with_id(id);
        }
        if let Some(id) = seed.external_id {
            organization = organization.with_external_id(id);
        }
        let domains = seed.domains.into_iter();
        domains.fold(organization, Self::with_domain)
    }
}

impl UserSeed {
    fn build(self, directory: &Directory) -> io::Result<User> {
        let mut user = User::new(self.email);
        if let Some(id) = self.id {
            user = user.with_id(id);
        }
        if let Some(verified) = self.email_verified {
            user = user.with_email_verified(verified);
        }
        if self.first_name.is_some() || self.last_name.is_some() {
            let text = Option::unwrap_or_default;
            user = user.with_name(text(self.first_name), text(self.last_name));
        }
        for membership in self.memberships {
            let organization = organization_id(directory, &membership.organization)?;
            user = user.member_with(organization, membership.role, membership.status);
        }
        Ok(user)
    }
}

impl RoleSeed {
    fn build(self, directory: &Directory) -> io::Result<Role> {
        let mut role = Role::new(self.slug);
        if let Some(name) = self.name {
            role = role.with_name(name);
        }
        if let Some(organization) = &self.organization {
            role = role.of_organization(organization_id(directory, organization)?);
        }
        let permissions = self.permissions.into_iter();
        Ok(permissions.fold(role, Role::with_permission))
    }
}

impl FeatureFlagSeed {
    fn build(self, directory: &Directory) -> io::Result<FeatureFlag> {
        let mut flag = FeatureFlag::new(self.slug);
        if let Some(name) = self.name {
            flag = flag.with_name(name);
        }
        for target in self.targets {
            let id = user_id(directory, &target).or_else(|_| organization_id(directory, &target));
            flag = flag.with_target(id?);
        }
        Ok(flag)
    }
}

impl ApiKeySeed {
    fn build(self, directory: &Directory) -> io::Result<ApiKey> {
        if !is_api_key(&self.value) {
            return Err(invalid(format!(
                "the value of the API key {:?} is not of the shape of those that WorkOS makes: write \"sk_\" and letters, digits and underscores, {} to {} characters in all, such as \"sk_local_0123456789\"",
                self.name,
                API_KEY_LENGTH.start(),
                API_KEY_LENGTH.end(),
            )));
        }
        let organization = organization_id(directory, &self.organization)?;
        let key = match &self.user {
            Some(user) => ApiKey::of_user(user_id(directory, user)?, organization, self.name),
            None => ApiKey::of_organization(organization, self.name),
        };
        let permissions = self.permissions.into_iter();
        Ok(permissions.fold(key.with_value(self.value), ApiKey::with_permission))
    }
}

impl ApplicationSeed {
    fn build(self, directory: &Directory, settings: &Settings) -> io::Result<Application> {
        self.check_scopes(settings)?;
        let application = match &self.organization {
            Some(name) => Application::machine(self.name, organization_id(directory, name)?),
            None => Application::new(self.name),
        };
        let application = match self.secret {
            Some(secret) => application.with_secret(secret),
            None => application.without_secret(),
        };
        let redirect_uris = self.redirect_uris.into_iter();
        let application =
            redirect_uris.fold(application.with_id(self.id), Application::with_redirect_uri);
        let scopes = self.scopes.into_iter();
        Ok(scopes.fold(application, Application::with_scope))
    }

    fn check_scopes(&self, settings: &Settings) -> io::Result<()> {
        let name = &self.name;
        let known = settings.scopes();
        if let Some(unknown) = self.scopes.iter().find(|scope| !known.contains(&&***scope)) {
            return Err(invalid(format!(
                "the application {name:?} has the scope {unknown:?}, which the environment does not: add it to \"scopes\" at the top of the file, or take one of {}",
                known.join(", ")
            )));
        }
        if self.organization.is_none() && !self.scopes.is_empty() {
            return Err(invalid(format!(
                "the application {name:?} has scopes but no \"organization\": only a machine-to-machine application has scopes of its own, others may ask for each of the environment's"
            )));
        }
        Ok(())
    }
}

/// Those of WorkOS have some eighty characters. A resource server takes what is far from that for no key, and does not ask about
/// it.
const API_KEY_LENGTH: RangeInclusive<usize> = 16..=256;

fn is_api_key(value: &str) -> bool {
    let is_of_a_key = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    value.starts_with("sk_")
        && value.bytes().all(is_of_a_key)
        && API_KEY_LENGTH.contains(&value.len())
}

fn scope(name: String) -> io::Result<String> {
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(invalid(format!(
            "the scope {name:?} is empty or has a space: name one scope, such as \"reports:export\""
        )));
    }
    Ok(name)
}

fn organization_id(directory: &Directory, name: &str) -> io::Result<String> {
    let mut organizations = directory.organizations.iter();
    organizations
        .find(|known| known.id() == name || known.name() == name)
        .map(|known| known.id().to_owned())
        .ok_or_else(|| invalid(format!("there is no organization {name:?}")))
}

fn user_id(directory: &Directory, name: &str) -> io::Result<String> {
    let mut users = directory.users.iter();
    users
        .find(|known| known.id == name || known.email == name)
        .map(|known| known.id.clone())
        .ok_or_else(|| invalid(format!("there is no user {name:?}")))
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
