//! A token that AuthKit signed, but not for this server, not for a user, or not for now, is refused.

use serde_json::{Value, json};
use workos_mcp_emulator::{Endpoint, SigningKey, TokenBuilder};
use workos_mcp_tests::World;

use super::{EXPIRED, GENERAL, Site, resigned};

// Attacks: 1, 66, 67, 68.
#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    let mut site = Site::start().await;
    let (url, origin) = (site.world.mcp_url().to_owned(), site.world.url(""));
    let port = url::Url::parse(&url).unwrap().port().unwrap();
    for audience in [
        json!("https://other.example.com/mcp"),
        json!(origin),
        json!(format!("{origin}/")),
        json!(format!("{url}/")),
        json!(format!("{url}/child")),
        json!(format!("{url}x")),
        json!(url[..url.len() - 1]),
        json!(format!("{url}?x")),
        json!(format!("{url}#x")),
        json!(format!(" {url}")),
        json!(format!("{origin}/MCP")),
        json!(format!("{origin}/%6dcp")),
        json!(format!("{origin}/x/../mcp")),
        json!(url.replace("http:", "https:")),
        json!(url.replace("http:", "HTTP:")),
        json!(url.replace("127.0.0.1", "localhost")),
        json!(url.replace("127.0.0.1", "user@127.0.0.1")),
        json!(url.replace(&format!(":{port}"), "")),
        json!(url.replace(&port.to_string(), &port.wrapping_add(1).to_string())),
        json!(["https://other.example.com/mcp", format!("{url}/")]),
        json!([url, 1]),
        json!([[url]]),
        json!({ "aud": url }),
        json!(""),
        json!([]),
        json!(null),
        json!(1),
    ] {
        let token = site.token().claim("aud", audience.clone());
        site.refuses(&audience.to_string(), "audience", token).await;
    }
    let token = site.token().without("aud");
    site.refuses("no audience", "audience", token).await;

    let several = site
        .token()
        .claim("aud", json!(["https://other.example.com/mcp", url]));
    site.admits("one of several", &format!("Bearer {}", several.build()))
        .await;
    assert_eq!(
        site.world.emulator.requests(Endpoint::Jwks),
        1,
        "none is a reason to fetch keys"
    );
}

// Attacks: 72.
#[tokio::test]
async fn when_no_resource_is_registered_the_log_names_the_exact_url_to_register() {
    let mut site = Site::of(World::builder().unregistered()).await;
    let token = site.token().build();
    let (_, line) = site.refused("of the environment", &token, GENERAL).await;
    let advice = format!("register exactly {} ", site.world.mcp_url());
    assert!(
        line.contains("ERROR") && format!("{line} ").contains(&advice),
        "{line}"
    );
}

// Attacks: 64.
#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    let mut site = Site::start().await;
    let issuer = site.world.emulator.issuer().to_owned();
    for other in [
        json!("https://other.authkit.app"),
        json!(format!(
            "https://api.workos.com/user_management/{}",
            site.world.emulator.client_id()
        )),
        json!(format!("{issuer}/")),
        json!(format!("{issuer}/oauth2")),
        json!(format!("{issuer}.evil.example")),
        json!(format!("{issuer}@evil.example")),
        json!(issuer.replace("http://", "http://user@")),
        json!(issuer.replace("http:", "https:")),
        json!(issuer.replace("http:", "HTTP:")),
        json!(issuer.replace("127.0.0.1", "localhost")),
        json!([issuer]),
        json!(""),
        json!(null),
    ] {
        let token = site.token().claim("iss", other.clone());
        site.refuses(&other.to_string(), "issuer", token).await;
    }
    let token = site.token().without("iss");
    site.refuses("no issuer", "issuer", token).await;
}

// Attacks: 27, 61.
#[tokio::test]
async fn only_who_holds_a_signed_token_is_told_that_it_expired() {
    let mut site = Site::start().await;
    let expired = site.token().expires_in(-31);
    site.refused("expired", &expired.clone().build(), EXPIRED)
        .await;
    let foreign = SigningKey::generate().unwrap();
    let token = expired.clone().signed_with(&foreign);
    site.refuses("expired, of a foreign key", "signature", token)
        .await;
    let token = resigned(&expired.clone().build(), |signature| signature[9] ^= 1);
    site.refuses_text("expired, with a bad signature", "signature", &token)
        .await;
    let token = expired.audience("https://other.example.com/mcp");
    site.refuses("expired, for another server", "audience", token)
        .await;
    let token = site.token().expires_in(-10).build();
    site.admits("expired less than 30 s ago", &format!("Bearer {token}"))
        .await;
}

// Attacks: 69, 70, 72, 76, 102.
#[tokio::test]
async fn what_is_not_the_access_token_of_a_user_is_refused() {
    let mut site = Site::start().await;
    let url = site.world.mcp_url().to_owned();
    let (emulator, ada) = (&site.world.emulator, site.world.emulator.ada());
    let application = "client_01K1OTHER00000000000OTHER";
    let machine = emulator.machine_token(application, emulator.acme());
    let id_token = emulator.id_token(&ada, application);
    let for_environment = emulator.id_token(&ada, emulator.client_id());
    for (name, reason, token) in [
        ("a machine's", "machine", machine.clone()),
        (
            "a machine's, for us",
            "machine",
            machine.clone().audience(&url),
        ),
        (
            "a machine that calls itself a user",
            "machine",
            machine
                .audience(&url)
                .claim("sub", json!("user_01"))
                .client("user_01"),
        ),
        ("an ID token", "audience", id_token.clone()),
        (
            "an ID token of the environment",
            "audience",
            for_environment,
        ),
        (
            "an ID token with our audience",
            "ID token",
            id_token
                .clone()
                .audience(&url)
                .claim("nonce", json!("n-0S6_WzA2Mj")),
        ),
        (
            "an ID token of the hybrid flow",
            "ID token",
            id_token
                .audience(&url)
                .claim("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")),
        ),
        (
            "bound to a key",
            "cnf",
            site.token()
                .claim("cnf", json!({ "jkt": "0ZcOCORZNYy-DWpqq30j" })),
        ),
        (
            "bound to a certificate",
            "cnf",
            site.token()
                .claim("cnf", json!({ "x5t#S256": "bwcK0esc3AC" })),
        ),
    ] {
        site.refuses(name, reason, token).await;
    }
}

// Attacks: 11, 62, 73.
#[tokio::test]
async fn a_claim_that_is_missing_or_of_the_wrong_type_is_refused() {
    let mut site = Site::start().await;
    let (text, list, map) = (json!("1"), json!(["user_1"]), json!({ "user_1": 1 }));
    let times = [
        text,
        list.clone(),
        map.clone(),
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
    ];
    for name in ["exp", "iat", "nbf"] {
        for value in times.iter().cloned().chain([json!(1e300), json!(u64::MAX)]) {
            let token = site.token().claim(name, value.clone());
            site.refuses(&format!("{name}: {value}"), name, token).await;
        }
        for number in ["1e400", "99999999999999999999", "-0.5", "4e9"] {
            let token = site.token().without(name);
            let payload = payload_with(&format!("\"{name}\":{number}"), &token);
            site.refuses(&format!("{name}: {number}"), "", token.raw_payload(payload))
                .await;
        }
    }
    let texts = [list, map, json!(null), json!(true), json!(1)];
    for (name, reason) in [
        ("sub", "sub"),
        ("scope", "scope"),
        ("sid", "sid"),
        ("org_id", "org_id"),
        ("client_id", "client_id"),
    ] {
        for value in &texts {
            let token = site.token().claim(name, value.clone());
            site.refuses(&format!("{name}: {value}"), reason, token)
                .await;
        }
    }
    for name in ["exp", "iat", "sub"] {
        let token = site.token().without(name);
        site.refuses(&format!("no {name}"), name, token).await;
    }
    for (name, value) in [
        ("sub", String::new()),
        ("sub", "user_\n1".to_owned()),
        ("sub", format!("user_{}", "x".repeat(300))),
        ("sid", String::new()),
        ("org_id", String::new()),
        ("client_id", String::new()),
    ] {
        let token = site.token().claim(name, json!(value));
        site.refuses(&format!("{name}: {value:?}"), name, token)
            .await;
    }
    for name in ["sid", "org_id", "client_id", "scope", "jti"] {
        let token = site.token().without(name).build();
        site.admits(&format!("no {name}"), &format!("Bearer {token}"))
            .await;
    }
}

// Attacks: 63.
#[tokio::test]
async fn a_token_of_the_future_is_refused() {
    let mut site = Site::start().await;
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    for name in ["nbf", "iat"] {
        let token = site.token().claim(name, json!(now + 120));
        site.refuses(&format!("{name} in two minutes"), name, token)
            .await;
        let token = site.token().claim(name, json!(now + 15)).build();
        site.admits(
            &format!("{name} within the leeway"),
            &format!("Bearer {token}"),
        )
        .await;
    }
}

// Attacks: 39.
#[tokio::test]
async fn a_claim_that_appears_twice_is_refused() {
    let mut site = Site::start().await;
    let url = site.world.mcp_url().to_owned();
    for members in [
        r#""aud":"https://other.example.com/mcp""#.to_owned(),
        format!(r#""aud":"{url}""#),
        format!(r#""\u0061ud":"{url}""#),
        r#""exp":4102444800"#.to_owned(),
        r#""sub":"user_02""#.to_owned(),
        r#""extra":1,"extra":1"#.to_owned(),
    ] {
        let token = site.token();
        let payload = payload_with(&members, &token);
        site.refuses(&members, "twice", token.raw_payload(payload))
            .await;
    }
}

// Attacks: 38.
#[tokio::test]
async fn a_payload_that_is_not_a_json_object_is_refused() {
    let mut site = Site::start().await;
    let claims = site.token().claims().to_string();
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(700), close.repeat(700));
    let nested = |value: String| payload_with(&format!("\"deep\":{value}"), &site.token());
    for (name, payload) in [
        ("nothing", String::new()),
        ("text", "not json".to_owned()),
        ("null", "null".to_owned()),
        ("a number", "1".to_owned()),
        ("a string", Value::from(claims.clone()).to_string()),
        ("an array", format!("[{claims}]")),
        ("bytes behind it", format!("{claims}{claims}")),
        ("cut off", claims[..claims.len() - 1].to_owned()),
        ("a byte order mark", format!("\u{feff}{claims}")),
        ("deep arrays", nested(deep("[", "]"))),
        ("deep objects", nested(deep("{\"a\":", "}"))),
        ("a lone surrogate", nested(r#""\ud800""#.to_owned())),
    ] {
        let token = site.token().raw_payload(payload);
        site.refuses(name, "segments", token).await;
    }
}

/// The claims as text, with these members before them.
fn payload_with(members: &str, token: &TokenBuilder) -> String {
    token
        .claims()
        .to_string()
        .replacen('{', &format!("{{{members},"), 1)
}
