//! The endpoints of AuthKit beside the sign-in, and what an environment starts with.

mod client;

use client::{Client, VERIFIER, verified};
use http::StatusCode;
use serde_json::{Value, json};
use workos_mcp_emulator::{Application, Emulator};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const RESOURCE: &str = "http://localhost:8000/mcp";

async fn post(
    emulator: &Emulator,
    path: &str,
    form: &[(&str, &str)],
) -> Result<(StatusCode, Value)> {
    let url = format!("{}{path}", emulator.issuer());
    let response = client::http()?.post(url).form(form).send().await?;
    Ok((response.status(), response.json().await?))
}

async fn userinfo(emulator: &Emulator, token: &str) -> Result<(StatusCode, Value)> {
    let url = format!("{}/oauth2/userinfo", emulator.issuer());
    let response = client::http()?.get(url).bearer_auth(token).send().await?;
    Ok((response.status(), response.json().await?))
}

#[tokio::test]
async fn the_discovery_documents_differ_as_at_authkit() -> Result {
    let emulator = Emulator::start().await?;
    let document = async |name: &str| -> Result<Value> {
        let url = format!("{}/.well-known/{name}", emulator.issuer());
        Ok(client::http()?.get(url).send().await?.json().await?)
    };
    let oauth = document("oauth-authorization-server").await?;
    let openid = document("openid-configuration").await?;
    assert_eq!(oauth["token_endpoint"], openid["token_endpoint"]);
    for name in ["registration_endpoint", "code_challenge_methods_supported"] {
        assert!(
            oauth.get(name).is_some() && openid.get(name).is_none(),
            "{name}"
        );
    }
    for name in ["userinfo_endpoint", "id_token_signing_alg_values_supported"] {
        assert!(
            oauth.get(name).is_none() && openid.get(name).is_some(),
            "{name}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_workos_api_has_the_keys_of_authkit() -> Result {
    let emulator = Emulator::start().await?;
    let get = async |path: &str| {
        client::http()?
            .get(format!("{}{path}", emulator.url()))
            .send()
            .await
            .map_err(Box::<dyn std::error::Error>::from)
    };
    let authkit: Value = get("/oauth2/jwks").await?.json().await?;
    let path = format!("/sso/jwks/{}", emulator.client_id());
    assert_eq!(get(&path).await?.json::<Value>().await?, authkit);
    let other = get("/sso/jwks/client_other").await?;
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn a_machine_gets_a_token_for_the_environment() -> Result {
    let emulator = Emulator::builder().resource(RESOURCE).start().await?;
    let machine = emulator.machine().ok_or("no machine")?;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", machine.id()),
        ("client_secret", machine.secret().ok_or("no secret")?),
        ("resource", RESOURCE),
    ];
    let (status, answer) = post(&emulator, "/oauth2/token", &form).await?;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
    let (_, claims) = verified(&emulator, &answer["access_token"], emulator.client_id()).await?;
    assert_eq!(claims["sub"], machine.id());
    assert_eq!(claims["org_id"], emulator.acme());
    assert!(claims.get("sid").is_none());

    let client =
        Client::register(&emulator, json!({ "token_endpoint_auth_method": "none" })).await?;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.id),
    ];
    let (_, error) = post(&emulator, "/oauth2/token", &form).await?;
    assert_eq!(error["error"], "unauthorized_client");
    Ok(())
}

#[tokio::test]
async fn userinfo_is_for_tokens_of_the_environment() -> Result {
    let emulator = Emulator::start().await?;
    let ada = emulator.ada();
    let (status, claims) = userinfo(&emulator, &emulator.token(&ada).build()).await?;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(claims["sub"], ada.id());
    assert_eq!(claims["email"], "ada@example.com");
    for token in [
        String::new(),
        emulator.token(&ada).audience(RESOURCE).build(),
        emulator.token(&ada).expires_in(-1).build(),
        emulator.token(&ada).unsigned().build(),
        emulator
            .id_token(&ada, emulator.client_id())
            .expires_in(-1)
            .build(),
        emulator.machine_token("client_x", emulator.acme()).build(),
    ] {
        let (status, error) = userinfo(&emulator, &token).await?;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(error, json!({ "error": "unauthorized" }));
    }
    Ok(())
}

#[tokio::test]
async fn introspection_repeats_neither_scope_nor_audience() -> Result {
    let emulator = Emulator::start().await?;
    let client =
        Client::register(&emulator, json!({ "token_endpoint_auth_method": "none" })).await?;
    let code = client.sign_in("ada@example.com", &[]).await?;
    let (_, tokens) = client.exchange(&code, VERIFIER, &[]).await?;
    let asking = Application::new("Gateway");
    emulator.add_application(asking.clone());
    let secret = asking.secret().ok_or("no secret")?;
    let introspect = async |token: &str, secret: &str| {
        let form = [
            ("client_id", asking.id()),
            ("client_secret", secret),
            ("token", token),
        ];
        post(&emulator, "/oauth2/introspection", &form).await
    };
    let text = |name: &str| tokens[name].as_str().unwrap_or_default();

    let (_, answer) = introspect(text("access_token"), secret).await?;
    let mut names: Vec<&str> = answer
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    let expected = [
        "active",
        "client_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "org_id",
        "sid",
        "sub",
        "token_type",
    ];
    assert_eq!(names, expected);
    assert_eq!(answer["active"], true);
    let (_, answer) = introspect(text("refresh_token"), secret).await?;
    assert_eq!(answer["token_type"], "refresh_token");
    for token in [text("id_token"), "x.y.z", "nothing"] {
        let (_, answer) = introspect(token, secret).await?;
        assert_eq!(answer, json!({ "active": false }));
    }
    let (status, _) = introspect(text("access_token"), "guess").await?;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let form = [("client_id", &*client.id), ("token", text("access_token"))];
    let (status, _) = post(&emulator, "/oauth2/introspection", &form).await?;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn the_seed_file_of_the_readme_makes_an_environment() -> Result {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("```json\n").ok_or("no example")?;
    let (json, _) = rest.split_once("```").ok_or("no end")?;
    let emulator = Emulator::builder().seed(json)?.start().await?;
    let users = emulator.users();
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].memberships()[0].organization_id(), "org_initech");
    assert_eq!(emulator.resources(), [RESOURCE]);
    assert_eq!(emulator.api_keys()[0].value(), "sk_local_0123456789");
    assert!(emulator.scopes().contains(&"reports:export".to_owned()));

    for wrong in [
        "{",
        r#"{ "user": [] }"#,
        r#"{ "users": [{ "email": "a@b.example", "memberships": [{ "organization": "x", "role": "y" }] }] }"#,
    ] {
        assert!(Emulator::builder().seed(wrong).is_err(), "{wrong}");
    }
    Ok(())
}

#[test]
fn an_api_key_has_the_shape_of_one() {
    let seed = |value: &str| {
        format!(
            r#"{{ "api_keys": [{{ "name": "Build server", "value": "{value}", "organization": "Acme" }}] }}"#
        )
    };
    let longest = format!("sk_{}", "a".repeat(253));
    for value in ["sk_local_0123456", "sk_0123456789ABCdef", &longest] {
        assert!(Emulator::builder().seed(&seed(value)).is_ok(), "{value}");
    }
    let too_long = format!("{longest}a");
    for value in [
        "",
        "sk_local_1",
        "sk_brief_012345",
        "sk-local-0123456789",
        "sk_local.0123456789",
        "pk_local_0123456789",
        &too_long,
    ] {
        let Err(error) = Emulator::builder().seed(&seed(value)) else {
            panic!("{value:?} is taken");
        };
        let said = error.to_string();
        assert!(
            said.contains("\"Build server\"") && said.contains("16 to 256 characters"),
            "{said}"
        );
        // It may be a secret all the same.
        assert!(value.is_empty() || !said.contains(value), "{said}");
    }
}

#[tokio::test]
async fn an_application_has_scopes_of_the_environment_only() -> Result {
    let nightly = |scopes: &str| {
        format!(
            r#"{{ {scopes} "applications": [{{ "id": "client_nightly", "name": "Nightly",
                "secret": "local", "organization": "Acme", "scopes": ["reports:export"] }}] }}"#
        )
    };
    let refused = |seed: &str| match Emulator::builder().seed(seed) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        refused(&nightly("")),
        "the application \"Nightly\" has the scope \"reports:export\", which the environment does \
         not: add it to \"scopes\" at the top of the file, or take one of email, offline_access, \
         openid, profile"
    );
    let added = Emulator::builder().custom_scope("reports:export");
    assert!(added.seed(&nightly("")).is_ok());
    let desktop =
        r#"{ "applications": [{ "id": "client_1", "name": "Desktop", "scopes": ["email"] }] }"#;
    assert!(refused(desktop).contains("has scopes but no \"organization\""));
    for wrong in [r#"{ "scopes": [""] }"#, r#"{ "scopes": ["a b"] }"#] {
        assert!(refused(wrong).contains("name one scope"), "{wrong}");
    }

    let seed = nightly(r#""scopes": ["reports:export", "reports:export", "openid"],"#);
    let emulator = Emulator::builder().seed(&seed)?.start().await?;
    let scopes = emulator.scopes();
    assert_eq!(
        scopes
            .iter()
            .filter(|name| *name == "reports:export")
            .count(),
        1
    );
    assert_eq!(scopes.len(), 5);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "client_nightly"),
        ("client_secret", "local"),
    ];
    let (status, answer) = post(&emulator, "/oauth2/token", &form).await?;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["scope"], "reports:export");
    Ok(())
}
