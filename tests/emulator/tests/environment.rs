//! The WorkOS API, and what tests do to an environment.

use std::time::Duration;

use http::StatusCode;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use workos_mcp_emulator::{
    Emulator, Endpoint, Fault, MembershipStatus, SigningAlgorithm, SigningKey, TokenBuilder, User,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

async fn api(emulator: &Emulator, path: &str) -> Result<(StatusCode, Value)> {
    let response = reqwest::Client::new()
        .get(format!("{}{path}", emulator.url()))
        .bearer_auth(emulator.api_key())
        .send()
        .await?;
    assert!(response.headers().contains_key("x-request-id"));
    Ok((response.status(), response.json().await?))
}

#[tokio::test]
async fn the_api_wants_its_key() -> Result<()> {
    let emulator = Emulator::start().await?;
    let url = format!(
        "{}/user_management/users/{}",
        emulator.url(),
        emulator.ada().id()
    );
    for key in ["", "sk_test_other"] {
        let response = reqwest::Client::new()
            .get(&url)
            .bearer_auth(key)
            .send()
            .await?;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let body: Value = response.json().await?;
        assert_eq!(body, json!({ "message": "Unauthorized" }));
    }
    Ok(())
}

#[tokio::test]
async fn a_user_is_what_the_last_update_made_it() -> Result<()> {
    let emulator = Emulator::start().await?;
    let path = format!("/user_management/users/{}", emulator.ada().id());
    let (_, ada) = api(&emulator, &path).await?;
    assert_eq!(ada["object"], "user");
    assert_eq!(ada["name"], "Ada Lovelace");

    assert!(emulator.update_user(emulator.ada().id(), |ada| ada.with_name("Ada", "King")));
    let (_, ada) = api(&emulator, &path).await?;
    assert_eq!(ada["last_name"], "King");

    assert!(emulator.remove_user(emulator.ada().id()));
    let (status, error) = api(&emulator, &path).await?;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(error["code"], "entity_not_found");
    Ok(())
}

#[tokio::test]
async fn a_list_can_be_walked_in_both_directions() -> Result<()> {
    let mut builder = Emulator::builder();
    for place in 0..5 {
        let user = User::new(format!("user{place}@example.com")).member_of("org_pages", "member");
        builder = builder.user(user);
    }
    let emulator = builder.start().await?;
    let list = "/user_management/organization_memberships?organization_id=org_pages&limit=2";
    let emails = |page: &Value| -> Vec<String> {
        let data = page["data"].as_array().into_iter().flatten();
        data.filter_map(|item| {
            item["user"]["email"]
                .as_str()
                .map(|email| email[..5].to_owned())
        })
        .collect()
    };

    let (_, first) = api(&emulator, &format!("{list}&order=asc")).await?;
    assert_eq!(emails(&first), ["user0", "user1"]);
    assert_eq!(first["list_metadata"]["before"], Value::Null);
    let cursor = first["list_metadata"]["after"]
        .as_str()
        .ok_or("no cursor")?;
    let (_, second) = api(&emulator, &format!("{list}&order=asc&after={cursor}")).await?;
    assert_eq!(emails(&second), ["user2", "user3"]);
    let cursor = second["list_metadata"]["before"]
        .as_str()
        .ok_or("no cursor")?;
    let (_, back) = api(&emulator, &format!("{list}&order=asc&before={cursor}")).await?;
    assert_eq!(back, first);

    let (_, newest) = api(&emulator, list).await?;
    assert_eq!(emails(&newest), ["user4", "user3"]);
    Ok(())
}

#[tokio::test]
async fn only_active_memberships_are_listed_unless_others_are_asked_for() -> Result<()> {
    let emulator = Emulator::start().await?;
    let grace = emulator.grace();
    emulator.update_user(grace.id(), |grace| {
        grace.member_with(emulator.globex(), "member", MembershipStatus::Inactive)
    });
    let list = format!(
        "/user_management/organization_memberships?user_id={}",
        grace.id()
    );
    let (_, active) = api(&emulator, &list).await?;
    assert_eq!(active["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(active["data"][0]["organization_name"], "Acme");
    assert_eq!(active["data"][0]["roles"], json!([{ "slug": "member" }]));
    let (_, all) = api(&emulator, &format!("{list}&statuses=active,inactive")).await?;
    assert_eq!(all["data"].as_array().map(Vec::len), Some(2));

    let (status, _) = api(&emulator, "/user_management/organization_memberships").await?;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    Ok(())
}

#[tokio::test]
async fn faults_replace_answers_and_are_counted() -> Result<()> {
    let emulator = Emulator::start().await?;
    let url = format!("{}/oauth2/jwks", emulator.issuer());
    let http = reqwest::Client::new();

    emulator.fault(Endpoint::Jwks, Fault::Status(503));
    assert_eq!(
        http.get(&url).send().await?.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );

    emulator.fault(Endpoint::Jwks, Fault::Reset);
    assert!(http.get(&url).send().await.is_err());

    emulator.fault(Endpoint::Jwks, Fault::Stall);
    let before = emulator.requests(Endpoint::Jwks);
    let waiting = tokio::spawn(http.get(&url).send());
    emulator.wait_for_requests(Endpoint::Jwks, before + 1).await;
    assert!(!waiting.is_finished());
    emulator.clear_fault(Endpoint::Jwks);
    assert_eq!(waiting.await??.status(), StatusCode::OK);
    assert_eq!(emulator.requests(Endpoint::Token), 0);
    Ok(())
}

#[tokio::test]
async fn a_stopped_emulator_answers_nobody() -> Result<()> {
    let emulator = Emulator::start().await?;
    let url = format!("{}/oauth2/jwks", emulator.issuer());
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build()?;
    http.get(&url).send().await?.bytes().await?;
    emulator.stop().await;
    // The client would use the connection that it kept alive.
    assert!(http.get(&url).send().await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_minted_token_is_wrong_only_where_it_is_asked_to_be() -> Result<()> {
    let emulator = Emulator::start().await?;
    let key = DecodingKey::from_jwk(&serde_json::from_value(emulator.signing_key().jwk())?)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[emulator.client_id()]);
    validation.set_issuer(&[emulator.issuer()]);
    let verdict = |token: TokenBuilder| {
        let verified = jsonwebtoken::decode::<Value>(token.build(), &key, &validation);
        verified
            .map(|_| ())
            .map_err(jsonwebtoken::errors::Error::into_kind)
    };
    let token = || emulator.token(&emulator.ada());
    let foreign = SigningKey::generate()?;

    assert_eq!(verdict(token()), Ok(()));
    assert_eq!(
        verdict(token().expires_in(-120)),
        Err(ErrorKind::ExpiredSignature)
    );
    assert_eq!(
        verdict(token().audience("https://other.example")),
        Err(ErrorKind::InvalidAudience)
    );
    assert_eq!(
        verdict(token().issuer("https://other.example")),
        Err(ErrorKind::InvalidIssuer)
    );
    assert_eq!(
        verdict(token().signed_with(&foreign)),
        Err(ErrorKind::InvalidSignature)
    );
    let pem = emulator.public_key_pem();
    assert_eq!(
        verdict(token().hs256(pem.as_bytes())),
        Err(ErrorKind::InvalidAlgorithm)
    );
    let rs512 = token().algorithm(SigningAlgorithm::Rs512);
    assert_eq!(verdict(rs512.clone()), Err(ErrorKind::InvalidAlgorithm));
    assert!(token().unsigned().build().ends_with('.'));

    // The other algorithm is a mistake of the header only: its signature is good.
    let mut lax = Validation::new(Algorithm::RS512);
    lax.set_audience(&[emulator.client_id()]);
    jsonwebtoken::decode::<Value>(rs512.build(), &key, &lax)?;

    let payload = token()
        .claims()
        .to_string()
        .replacen('{', "{\"sub\":\"user_x\",", 1);
    let twice = token().raw_payload(payload);
    assert!(
        matches!(verdict(twice), Ok(()) | Err(ErrorKind::Json(_))),
        "the signature is good"
    );
    Ok(())
}
