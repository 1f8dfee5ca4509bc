//! The official SDK decodes every answer of the API.

use std::sync::Arc;

use async_trait::async_trait;
use workos::api_keys::CreateValidationParams;
use workos::audit_logs::CreateEventParams;
use workos::events::ListEventsParams;
use workos::feature_flags::{ListOrganizationFeatureFlagsParams, ListUserFeatureFlagsParams};
use workos::organization_membership::ListOrganizationMembershipsParams;
use workos::organizations::ListOrganizationsParams;
use workos::transport::{HttpRequest, HttpResponse, HttpTransport, TransportError};
use workos::user_management::{
    CreateAuthkitOAuthResourceParams, ListAuthkitOAuthResourcesParams, ListUsersParams,
};
use workos::{Client, RequestOptions};
use workos_mcp_emulator::{ApiKey, Emulator, Endpoint, Role};

type Result = std::result::Result<(), Box<dyn std::error::Error>>;

struct Transport(reqwest::Client);

#[async_trait]
impl HttpTransport for Transport {
    async fn execute(
        &self,
        request: HttpRequest,
    ) -> std::result::Result<HttpResponse, TransportError> {
        let response = self
            .0
            .request(request.method, &request.url)
            .headers(request.headers)
            .body(request.body.unwrap_or_default())
            .send()
            .await
            .map_err(TransportError::other)?;
        Ok(HttpResponse {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await.map_err(TransportError::other)?,
        })
    }
}

fn client(emulator: &Emulator, api_key: &str) -> Client {
    Client::builder()
        .api_key(api_key)
        .client_id(emulator.client_id())
        .base_url(emulator.url())
        .transport(Arc::new(Transport(reqwest::Client::new())))
        .max_retries(0)
        .build()
}

#[tokio::test]
async fn a_wrong_key_is_told_as_workos_tells_it() -> Result {
    let emulator = Emulator::start().await?;
    let client = client(&emulator, "sk_test_other");
    let error = client.user_management().get_user("user_x").await;
    assert!(error.is_err_and(|error| error.is_unauthorized()));
    Ok(())
}

#[tokio::test]
async fn users_organizations_and_memberships_decode() -> Result {
    let emulator = Emulator::start().await?;
    let client = client(&emulator, emulator.api_key());

    let ada = client
        .user_management()
        .get_user(emulator.ada().id())
        .await?;
    assert_eq!(ada.name.as_deref(), Some("Ada Lovelace"));
    let by_email = ListUsersParams {
        email: Some("GRACE@example.com".to_owned()),
        ..Default::default()
    };
    let users = client.user_management().list_users(by_email).await?;
    assert_eq!(users.data.len(), 1);
    let missing = client.user_management().get_user("user_x").await;
    assert!(missing.is_err_and(|error| error.is_not_found()));

    let acme = client
        .organizations()
        .get_organization(emulator.acme())
        .await?;
    assert_eq!(acme.domains[0].domain, "acme.example");
    let first = ListOrganizationsParams {
        limit: Some(1),
        ..Default::default()
    };
    let page = client.organizations().list_organizations(first).await?;
    assert_eq!(page.data[0].name, "Globex");
    assert!(page.list_metadata.after.is_some());

    let of_ada = ListOrganizationMembershipsParams {
        user_id: Some(ada.id),
        ..Default::default()
    };
    let memberships = client
        .organization_membership()
        .list_organization_memberships(of_ada)
        .await?;
    assert_eq!(memberships.data[0].roles[0].slug, "admin");
    Ok(())
}

#[tokio::test]
async fn roles_follow_what_is_set_at_run_time() -> Result {
    let emulator = Emulator::builder()
        .role(Role::new("auditor").of_organization("org_other"))
        .start()
        .await?;
    let client = client(&emulator, emulator.api_key());
    let permissions = async |slug: &str| {
        let roles = client
            .authorization()
            .list_organization_roles(emulator.acme())
            .await?;
        let role = roles.data.into_iter().find(|role| role.slug == slug);
        std::result::Result::<_, workos::Error>::Ok(role.map(|role| role.permissions))
    };
    let owned = |slugs: &[&str]| Some(slugs.iter().map(ToString::to_string).collect::<Vec<_>>());
    let admin = ["widgets:read", "widgets:write", "reports:export"];
    assert_eq!(permissions("admin").await?, owned(&admin));
    assert_eq!(permissions("member").await?, owned(&["widgets:read"]));
    assert_eq!(permissions("auditor").await?, None);

    emulator.set_role_permissions("member", ["widgets:read", "widgets:write"]);
    assert_eq!(permissions("member").await?, owned(&admin[..2]));
    assert!(emulator.set_role(emulator.ada().id(), emulator.acme(), "member"));
    assert_eq!(emulator.ada().memberships()[0].role(), "member");
    assert_eq!(emulator.requests(Endpoint::ListOrganizationRoles), 4);
    Ok(())
}

#[tokio::test]
async fn a_user_has_the_flags_of_the_organization_too() -> Result {
    let emulator = Emulator::start().await?;
    let client = client(&emulator, emulator.api_key());
    let flags = async |user: &str| {
        let flags = client
            .feature_flags()
            .list_user_feature_flags(user, ListUserFeatureFlagsParams::default())
            .await?;
        let slugs = flags.data.into_iter().map(|flag| flag.slug);
        std::result::Result::<_, workos::Error>::Ok(slugs.collect::<Vec<_>>())
    };
    let (ada, grace) = (emulator.ada(), emulator.grace());
    assert_eq!(flags(ada.id()).await?, ["beta-dashboard"]);
    assert_eq!(
        flags(grace.id()).await?,
        ["early-reports", "beta-dashboard"]
    );

    emulator.disable_feature_flag("beta-dashboard", emulator.acme());
    emulator.enable_feature_flag("fresh", emulator.globex());
    assert!(flags(ada.id()).await?.is_empty());
    let globex = client
        .feature_flags()
        .list_organization_feature_flags(
            emulator.globex(),
            ListOrganizationFeatureFlagsParams::default(),
        )
        .await?;
    assert_eq!(globex.data[0].slug, "fresh");
    Ok(())
}

#[tokio::test]
async fn api_keys_are_valid_until_they_are_revoked() -> Result {
    let emulator = Emulator::start().await?;
    let client = client(&emulator, emulator.api_key());
    let validated = async |value: &str| {
        let body = workos::ValidateApiKey {
            value: value.into(),
        };
        let params = CreateValidationParams::new(body);
        let answer = client.api_keys().create_validation(params).await?;
        std::result::Result::<_, workos::Error>::Ok(answer.api_key)
    };
    let key = ApiKey::of_organization(emulator.acme(), "Build server");
    let key = emulator.add_api_key(key.with_permission("widgets:read"));
    let user = ApiKey::of_user(emulator.ada().id(), emulator.acme(), "Ada's script");
    let user = emulator.add_api_key(user);

    let found = validated(key.value()).await?.ok_or("not valid")?;
    assert_eq!(found.permissions, ["widgets:read"]);
    assert!(found.obfuscated_value.starts_with("sk_..."));
    assert!(validated(user.value()).await?.is_some());
    assert!(validated("sk_unknown").await?.is_none());
    assert!(emulator.revoke_api_key(key.id()));
    assert!(validated(key.value()).await?.is_none());

    let params = ListEventsParams::new(vec!["api_key.created".to_owned()]);
    assert_eq!(client.events().list_events(params).await?.data.len(), 2);
    let params = ListEventsParams::new(vec!["api_key.revoked".to_owned()]);
    let revoked = client.events().list_events(params).await?;
    assert_eq!(revoked.data[0].data["id"], key.id());
    Ok(())
}

#[tokio::test]
async fn an_audit_log_event_is_stored_once() -> Result {
    let emulator = Emulator::start().await?;
    let client = client(&emulator, emulator.api_key());
    let body = serde_json::from_value(serde_json::json!({
        "organization_id": emulator.acme(),
        "event": {
            "action": "widget.created",
            "occurred_at": "2025-07-25T10:30:00.000Z",
            "actor": { "id": emulator.ada().id(), "type": "user" },
            "targets": [{ "id": "widget_1", "type": "widget" }],
            "context": { "location": "127.0.0.1" },
        },
    }))?;
    let params = CreateEventParams::new(body);
    let options = RequestOptions::new().idempotency_key("once");
    for _ in 0..2 {
        let answer = client
            .audit_logs()
            .create_event_with_options(params.clone(), Some(&options))
            .await?;
        assert!(answer.success);
    }
    let stored = emulator.audit_log_events();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].action(), "widget.created");
    assert_eq!(stored[0].idempotency_key(), Some("once"));
    Ok(())
}

#[tokio::test]
async fn resource_indicators_can_be_managed() -> Result {
    let emulator = Emulator::start().await?;
    let client = client(&emulator, emulator.api_key());
    let body = workos::CreateAuthkitOAuthResource {
        uri: "http://localhost:8000/mcp".to_owned(),
        default: Some(true),
    };
    let management = client.user_management();
    let params = CreateAuthkitOAuthResourceParams::new(body);
    let created = management.create_authkit_oauth_resource(params).await?;
    assert!(created.default);
    assert_eq!(emulator.resources(), ["http://localhost:8000/mcp"]);
    let listed = management
        .list_authkit_oauth_resources(ListAuthkitOAuthResourcesParams::default())
        .await?;
    assert_eq!(listed.data[0].id, created.id);
    management
        .delete_authkit_oauth_resource(&created.id)
        .await?;
    assert!(emulator.resources().is_empty());
    Ok(())
}
