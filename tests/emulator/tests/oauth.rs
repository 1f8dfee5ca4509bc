//! Clients that sign in.

mod client;

use client::{Client, REDIRECT_URI, VERIFIER, verified};
use http::StatusCode;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};
use workos_mcp_emulator::{Emulator, Endpoint};

type Result = std::result::Result<(), Box<dyn std::error::Error>>;

const RESOURCE: &str = "http://localhost:8000/mcp";

#[tokio::test]
async fn a_client_registers_signs_in_and_refreshes() -> Result {
    let emulator = Emulator::builder().resource(RESOURCE).start().await?;
    let metadata: Value = client::http()?
        .get(format!(
            "{}/.well-known/oauth-authorization-server",
            emulator.url()
        ))
        .send()
        .await?
        .json()
        .await?;
    assert_eq!(metadata["issuer"], emulator.issuer());

    let client =
        Client::register(&emulator, json!({ "token_endpoint_auth_method": "none" })).await?;
    let code = client
        .sign_in(
            "ada@example.com",
            &[("resource", RESOURCE), ("nonce", "n-1")],
        )
        .await?;
    let (status, first) = client.exchange(&code, VERIFIER, &[]).await?;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!(first["token_type"], "Bearer");
    assert_eq!(first["expires_in"], 300);
    assert_eq!(first["scope"], "openid profile email offline_access");

    let (header, claims) = verified(&emulator, &first["access_token"], RESOURCE).await?;
    let members = |value: &Value| -> Vec<String> {
        value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    };
    assert_eq!(members(&header), ["alg", "kid"]);
    assert_eq!(header["alg"], "RS256");
    assert_eq!(
        members(&claims),
        [
            "aud",
            "client_id",
            "exp",
            "iat",
            "iss",
            "jti",
            "org_id",
            "scope",
            "sid",
            "sub"
        ]
    );
    assert_eq!(claims["sub"], emulator.ada().id());
    assert_eq!(claims["client_id"], client.id);
    assert_eq!(claims["org_id"], emulator.acme());
    assert_eq!(
        claims["exp"].as_i64(),
        claims["iat"].as_i64().map(|at| at + 300)
    );

    let (_, identity) = verified(&emulator, &first["id_token"], &client.id).await?;
    assert_eq!(identity["name"], "Ada Lovelace");
    assert_eq!(identity["nonce"], "n-1");

    let (status, second) = client
        .refresh(&first["refresh_token"], &[("scope", "openid email")])
        .await?;
    assert_eq!(status, StatusCode::OK, "{second}");
    assert_eq!(second["scope"], "openid email");
    let (_, narrowed) = verified(&emulator, &second["access_token"], RESOURCE).await?;
    assert_eq!(narrowed["sid"], claims["sid"]);
    assert_eq!(emulator.requests(Endpoint::Token), 2);
    Ok(())
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_family() -> Result {
    let emulator = Emulator::start().await?;
    let client = Client::register(&emulator, json!({})).await?;
    let code = client.sign_in("ada@example.com", &[]).await?;
    let (_, first) = client.exchange(&code, VERIFIER, &[]).await?;
    let (status, second) = client.refresh(&first["refresh_token"], &[]).await?;
    assert_eq!(status, StatusCode::OK, "{second}");
    for used in [&first, &second] {
        let (status, error) = client.refresh(&used["refresh_token"], &[]).await?;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(error["error"], "invalid_grant");
    }
    Ok(())
}

#[tokio::test]
async fn a_code_needs_its_verifier_and_works_once() -> Result {
    let emulator = Emulator::start().await?;
    let client = Client::register(&emulator, json!({})).await?;

    let code = client.sign_in("ada@example.com", &[]).await?;
    let wrong = VERIFIER.replace('d', "e");
    let (_, error) = client.exchange(&code, &wrong, &[]).await?;
    assert_eq!(error["error"], "invalid_grant");

    let code = client.sign_in("ada@example.com", &[]).await?;
    let (status, first) = client.exchange(&code, VERIFIER, &[]).await?;
    assert_eq!(status, StatusCode::OK, "{first}");
    let (_, error) = client.exchange(&code, VERIFIER, &[]).await?;
    assert_eq!(error["error"], "invalid_grant");
    let (_, error) = client.refresh(&first["refresh_token"], &[]).await?;
    assert_eq!(error["error"], "invalid_grant", "the first use is revoked");
    Ok(())
}

#[tokio::test]
async fn the_authentication_method_of_the_registration_counts() -> Result {
    let emulator = Emulator::start().await?;
    for method in ["none", "client_secret_post", "client_secret_basic"] {
        let registration = json!({ "token_endpoint_auth_method": method });
        let mut client = Client::register(&emulator, registration).await?;
        assert_eq!(client.secret.is_some(), method != "none");
        let code = client.sign_in("grace@example.com", &[]).await?;
        let (status, _) = client.exchange(&code, VERIFIER, &[]).await?;
        assert_eq!(status, StatusCode::OK, "{method}");

        client.secret = Some("guess".to_owned());
        let (status, error) = client.exchange(&code, VERIFIER, &[]).await?;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method}");
        assert_eq!(error["error"], "invalid_client");
    }
    let default = Client::register(&emulator, json!({})).await?;
    assert_eq!(default.method, "client_secret_basic");
    Ok(())
}

#[tokio::test]
async fn an_unregistered_redirect_uri_is_told_to_the_person_and_never_followed() -> Result {
    let emulator = Emulator::start().await?;
    let client = Client::register(&emulator, json!({})).await?;
    let other = "https://evil.example/callback";
    let response = client
        .authorize("ada@example.com", &[("redirect_uri", other)])
        .await?;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(response.headers().get("location").is_none());
    let page = response.text().await?;
    assert!(
        page.contains(other) && page.contains(REDIRECT_URI),
        "{page}"
    );
    Ok(())
}

#[tokio::test]
async fn a_request_that_signs_nobody_in_says_how() -> Result {
    let emulator = Emulator::start().await?;
    let client = Client::register(&emulator, json!({})).await?;
    let response = client.authorize("nobody@example.com", &[]).await?;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let page = response.text().await?;
    assert!(
        page.contains("login_hint=EMAIL") && page.contains("grace@example.com"),
        "{page}"
    );
    Ok(())
}

#[tokio::test]
async fn a_scope_without_openid_goes_back_as_invalid_scope() -> Result {
    let emulator = Emulator::start().await?;
    let client = Client::register(&emulator, json!({})).await?;
    let answer = client
        .authorize("ada@example.com", &[("scope", "email"), ("state", "s-1")])
        .await?;
    let answer = client::redirect_query(&answer)?;
    assert_eq!(
        answer.get("error").map(String::as_str),
        Some("invalid_scope")
    );
    assert_eq!(answer.get("state").map(String::as_str), Some("s-1"));
    Ok(())
}

#[tokio::test]
async fn the_resource_decides_the_audience() -> Result {
    let emulator = Emulator::start().await?;
    let client = Client::register(&emulator, json!({})).await?;
    let environment = emulator.client_id();

    let audience = async |resource: &[(&str, &str)]| {
        let code = client.sign_in("ada@example.com", resource).await?;
        let (status, answer) = client.exchange(&code, VERIFIER, &[]).await?;
        let audience = match status {
            StatusCode::OK => client::claims(&answer["access_token"])?["aud"].clone(),
            _ => answer["error"].clone(),
        };
        Ok::<Value, Box<dyn std::error::Error>>(audience)
    };

    // Nothing registered: the resource is ignored.
    assert_eq!(audience(&[("resource", RESOURCE)]).await?, environment);
    emulator.add_resource(RESOURCE);
    assert_eq!(audience(&[("resource", RESOURCE)]).await?, RESOURCE);
    assert_eq!(audience(&[]).await?, environment);
    let slash = format!("{RESOURCE}/");
    assert_eq!(audience(&[("resource", &slash)]).await?, "invalid_target");
    emulator.set_default_resource("https://default.example/mcp");
    assert_eq!(audience(&[]).await?, "https://default.example/mcp");
    Ok(())
}

#[tokio::test]
async fn a_withdrawn_key_verifies_nothing_any_more() -> Result {
    let emulator = Emulator::start().await?;
    let old = emulator.token(&emulator.ada()).build();
    let jwks = async || -> std::result::Result<JwkSet, Box<dyn std::error::Error>> {
        let url = format!("{}/oauth2/jwks", emulator.issuer());
        Ok(client::http()?.get(url).send().await?.json().await?)
    };
    let kid = jsonwebtoken::decode_header(&old)?.kid.unwrap_or_default();

    emulator.rotate_keys().await?;
    let both = jwks().await?;
    assert_eq!(both.keys.len(), 2);
    let key = both.find(&kid).ok_or("the old key is still published")?;
    client::decode(&old, &DecodingKey::from_jwk(key)?, emulator.client_id())?;

    emulator.withdraw_old_keys();
    let one = jwks().await?;
    assert_eq!(one.keys.len(), 1);
    assert!(one.find(&kid).is_none());
    Ok(())
}
