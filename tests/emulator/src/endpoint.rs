//! The endpoints by name.

use std::str::FromStr;

/// An endpoint of the emulator, to count its requests or to make it fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET /.well-known/oauth-authorization-server`
    AuthorizationServerMetadata,
    /// `GET /.well-known/openid-configuration`
    OpenIdConfiguration,
    /// `POST /oauth2/register`
    Register,
    /// `GET /oauth2/authorize`
    Authorize,
    /// `GET` and `POST /sign-in`, what the forms of the sign-in page call
    SignIn,
    /// `POST /oauth2/token`
    Token,
    /// `GET /oauth2/jwks`
    Jwks,
    /// `GET` and `POST /oauth2/userinfo`
    UserInfo,
    /// `POST /oauth2/introspection`
    Introspection,
    /// `GET /sso/jwks/{client_id}`
    SsoJwks,
    /// `GET /user_management/users/{id}`
    GetUser,
    /// `GET /user_management/users`
    ListUsers,
    /// `GET /user_management/organization_memberships`
    ListMemberships,
    /// `GET /organizations/{id}`
    GetOrganization,
    /// `GET /organizations`
    ListOrganizations,
    /// `GET /authorization/organizations/{id}/roles`
    ListOrganizationRoles,
    /// `GET /user_management/users/{id}/feature-flags`
    ListUserFeatureFlags,
    /// `GET /organizations/{id}/feature-flags`
    ListOrganizationFeatureFlags,
    /// `POST /api_keys/validations`
    ValidateApiKey,
    /// `POST /audit_logs/events`
    CreateAuditLogEvent,
    /// `GET /user_management/authkit_oauth_resources`
    ListOAuthResources,
    /// `POST /user_management/authkit_oauth_resources`
    CreateOAuthResource,
    /// `DELETE /user_management/authkit_oauth_resources/{id}`
    DeleteOAuthResource,
    /// `GET /events`
    ListEvents,
}

impl Endpoint {
    /// Every endpoint, in the order of the declaration.
    pub const ALL: [Self; 24] = [
        Self::AuthorizationServerMetadata,
        Self::OpenIdConfiguration,
        Self::Register,
        Self::Authorize,
        Self::SignIn,
        Self::Token,
        Self::Jwks,
        Self::UserInfo,
        Self::Introspection,
        Self::SsoJwks,
        Self::GetUser,
        Self::ListUsers,
        Self::ListMemberships,
        Self::GetOrganization,
        Self::ListOrganizations,
        Self::ListOrganizationRoles,
        Self::ListUserFeatureFlags,
        Self::ListOrganizationFeatureFlags,
        Self::ValidateApiKey,
        Self::CreateAuditLogEvent,
        Self::ListOAuthResources,
        Self::CreateOAuthResource,
        Self::DeleteOAuthResource,
        Self::ListEvents,
    ];

    /// The name on the command line: `jwks`, `get-user`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationServerMetadata => "authorization-server-metadata",
            Self::OpenIdConfiguration => "openid-configuration",
            Self::Register => "register",
            Self::Authorize => "authorize",
            Self::SignIn => "sign-in",
            Self::Token => "token",
            Self::Jwks => "jwks",
            Self::UserInfo => "userinfo",
            Self::Introspection => "introspection",
            Self::SsoJwks => "sso-jwks",
            Self::GetUser => "get-user",
            Self::ListUsers => "list-users",
            Self::ListMemberships => "list-memberships",
            Self::GetOrganization => "get-organization",
            Self::ListOrganizations => "list-organizations",
            Self::ListOrganizationRoles => "list-organization-roles",
            Self::ListUserFeatureFlags => "list-user-feature-flags",
            Self::ListOrganizationFeatureFlags => "list-organization-feature-flags",
            Self::ValidateApiKey => "validate-api-key",
            Self::CreateAuditLogEvent => "create-audit-log-event",
            Self::ListOAuthResources => "list-oauth-resources",
            Self::CreateOAuthResource => "create-oauth-resource",
            Self::DeleteOAuthResource => "delete-oauth-resource",
            Self::ListEvents => "list-events",
        }
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|endpoint| endpoint.name() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("no endpoint is called {name:?}; there are {names}")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn every_endpoint_is_at_its_place_and_has_a_name_of_its_own() {
        for (place, endpoint) in Endpoint::ALL.into_iter().enumerate() {
            assert_eq!(endpoint as usize, place);
            assert_eq!(endpoint.name().parse(), Ok(endpoint));
        }
    }
}
