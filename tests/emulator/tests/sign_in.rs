//! People who sign in on the page.

mod client;

use client::{Client, REDIRECT_URI, VERIFIER, verified};
use http::StatusCode;
use serde_json::{Value, json};
use workos_mcp_emulator::{Emulator, Endpoint, User};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const AUTHORIZATION: [(&str, &str); 5] = [
    ("response_type", "code"),
    ("redirect_uri", REDIRECT_URI),
    (
        "code_challenge",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    ),
    ("code_challenge_method", "S256"),
    ("scope", "openid email offline_access"),
];

/// The query of an authorization request without `login_hint`.
fn query(client: &Client) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(AUTHORIZATION);
    query.append_pair("client_id", &client.id);
    query.append_pair("state", "\"><script>alert(1)</script>");
    query.finish()
}

async fn page(url: String, form: &[(&str, &str)]) -> Result<String> {
    let response = client::http()?.get(url).query(form).send().await?;
    assert_eq!(response.status(), StatusCode::OK);
    let policy = response.headers()["content-security-policy"].to_str()?;
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = response.text().await?;
    assert!(page.contains("<html lang=\"en\">"), "{page}");
    assert!(!page.contains("<script"), "{page}");
    Ok(page)
}

#[tokio::test]
async fn somebody_chooses_who_they_are_and_for_whom_they_act() -> Result {
    let emulator = Emulator::start().await?;
    let metadata = json!({ "token_endpoint_auth_method": "none", "client_name": "Cursor <b>" });
    let client = Client::register(&emulator, metadata).await?;
    let query = query(&client);
    let grace = emulator.grace();
    let sign_in = || format!("{}/sign-in", emulator.issuer());

    let users = page(
        format!("{}/oauth2/authorize?{query}", emulator.issuer()),
        &[],
    )
    .await?;
    assert!(users.contains("Cursor &lt;b&gt;"), "{users}");
    assert!(users.contains("ada@example.com") && users.contains(grace.id()));

    let form = [("request", &*query), ("user", grace.id())];
    let organizations = page(sign_in(), &form).await?;
    assert!(organizations.contains("Acme") && organizations.contains("Globex"));

    let globex = ("organization", emulator.globex());
    let consent = page(sign_in(), &[form[0], form[1], globex]).await?;
    assert!(consent.contains("offline_access") && consent.contains(REDIRECT_URI));

    let decision = [form[0], form[1], globex, ("decision", "allow")];
    let http = client::http()?;
    let answer = http.post(sign_in()).form(&decision).send().await?;
    let mut answer = client::redirect_query(&answer)?;
    assert_eq!(answer["state"], "\"><script>alert(1)</script>");
    let code = answer.remove("code").ok_or("no code")?;
    let (_, tokens) = client.exchange(&code, VERIFIER, &[]).await?;
    let audience = emulator.client_id();
    let (_, claims) = verified(&emulator, &tokens["access_token"], audience).await?;
    assert_eq!(claims["sub"], grace.id());
    assert_eq!(claims["org_id"], emulator.globex());
    assert_eq!(emulator.requests(Endpoint::SignIn), 3);
    Ok(())
}

#[tokio::test]
async fn a_user_of_one_organization_is_not_asked_which() -> Result {
    let emulator = Emulator::start().await?;
    let client = Client::register(&emulator, json!({})).await?;
    let url = format!("{}/sign-in", emulator.issuer());
    let query = query(&client);
    let ada = emulator.ada();
    let form = [("request", &*query), ("user", ada.id())];
    let consent = page(url, &form).await?;
    assert!(consent.contains("value=\"allow\""), "{consent}");
    Ok(())
}

#[tokio::test]
async fn cancelling_goes_back_with_access_denied() -> Result {
    let emulator = Emulator::start().await?;
    let client = Client::register(&emulator, json!({})).await?;
    let query = query(&client);
    let form = [("request", &*query), ("decision", "cancel")];
    let url = format!("{}/sign-in", emulator.issuer());
    let answer = client::http()?.post(&url).form(&form).send().await?;
    let answer = client::redirect_query(&answer)?;
    assert_eq!(answer["error"], "access_denied");

    // A form of another website decides nothing.
    let foreign = client::http()?
        .post(&url)
        .header("sec-fetch-site", "cross-site")
        .form(&form)
        .send()
        .await?;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    Ok(())
}

#[tokio::test]
async fn nobody_acts_for_an_organization_of_others() -> Result {
    let emulator = Emulator::builder()
        .user(User::new("solo@example.com").with_id("user_solo"))
        .start()
        .await?;
    let client = Client::register(&emulator, json!({})).await?;
    let query = query(&client);
    let url = format!("{}/sign-in", emulator.issuer());
    let form = [
        ("request", &*query),
        ("user", "user_solo"),
        ("organization", emulator.acme()),
        ("decision", "allow"),
    ];
    let answer = client::http()?.post(&url).form(&form).send().await?;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let alone = [form[0], form[1], form[3]];
    let answer = client::http()?.post(&url).form(&alone).send().await?;
    assert!(client::redirect_query(&answer)?.contains_key("code"));
    Ok(())
}

#[tokio::test]
async fn a_client_may_be_called_by_the_url_of_its_metadata() -> Result {
    let emulator = Emulator::start().await?;
    let id = "https://client.example/oauth/metadata.json";
    let metadata = async || -> Result<Value> {
        let path = "/.well-known/oauth-authorization-server";
        let url = format!("{}{path}", emulator.issuer());
        Ok(client::http()?.get(url).send().await?.json().await?)
    };
    let flag = "client_id_metadata_document_supported";
    assert!(metadata().await?.get(flag).is_none());
    let document = json!({
        "client_id": id,
        "client_name": "Editor",
        "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "none",
    });
    emulator.set_client_metadata(id, document);
    assert_eq!(metadata().await?[flag], true);

    let mut client =
        Client::register(&emulator, json!({ "token_endpoint_auth_method": "none" })).await?;
    id.clone_into(&mut client.id);
    let code = client.sign_in("ada@example.com", &[]).await?;
    let (_, tokens) = client.exchange(&code, VERIFIER, &[]).await?;
    let audience = emulator.client_id();
    let (_, claims) = verified(&emulator, &tokens["access_token"], audience).await?;
    assert_eq!(claims["client_id"], id);

    "https://client.example/other.json".clone_into(&mut client.id);
    let refused = client.authorize("ada@example.com", &[]).await?;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(
        refused
            .text()
            .await?
            .contains("fetching client metadata documents is off")
    );
    Ok(())
}

// Attacks: 14.
#[tokio::test]
async fn a_document_is_fetched_only_from_where_it_may_be() -> Result {
    let host = axum::Router::new().route(
        "/client.json",
        axum::routing::get(async |headers: http::HeaderMap| {
            let host = headers["host"].to_str().unwrap_or_default();
            let id = format!("http://{host}/client.json");
            axum::Json(json!({ "client_id": id, "redirect_uris": [REDIRECT_URI] }))
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let id = format!("http://{}/client.json", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, host).await });

    let lax = Emulator::builder().dangerously_allow_private_client_metadata_fetch();
    let strict = Emulator::builder().allow_client_metadata_fetch();
    for (builder, reached) in [(lax, true), (strict, false)] {
        let emulator = builder.start().await?;
        let mut client = Client::register(&emulator, json!({})).await?;
        id.clone_into(&mut client.id);
        let answer = client.authorize("ada@example.com", &[]).await?;
        assert_eq!(answer.status() == StatusCode::FOUND, reached);
        client.id = id.replace("http:", "https:");
        let answer = client.authorize("ada@example.com", &[]).await?;
        let page = answer.text().await?;
        assert_eq!(page.contains("loopback or private"), !reached, "{page}");
    }
    Ok(())
}
