//! Tokens made with some skill: of other products, of other keys, and such as cost much to look at.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use reqwest::header::AUTHORIZATION;
use serde_json::json;
use workos_mcp::{ConfigProblem, Provider, Rule};
use workos_mcp_emulator::{Emulator, Endpoint, Fault, SigningKey};
use workos_mcp_tests::World;

use super::{Site, resigned};

/// The order of P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

// Attacks: 47, 48, 58, 59.
#[tokio::test]
async fn signatures_on_elliptic_curves_are_refused_even_where_the_key_set_has_such_a_key() {
    let emulator = Emulator::start().await.unwrap();
    let key = emulator.signing_key();
    // The example of RFC 7515 A.3, under an id of its own and under that of the RSA key.
    let curve = |kid: &str| {
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        })
    };
    let keys = json!({ "keys": [curve("curve"), curve(key.kid()), key.jwk()] });
    emulator.fault(
        Endpoint::Jwks,
        Fault::Body {
            status: 200,
            content_type: "application/json".to_owned(),
            body: keys.to_string(),
        },
    );
    let mut site = Site::of(World::builder().emulator(emulator)).await;
    let token = site.token().build();
    site.admits("of the RSA key", &format!("Bearer {token}"))
        .await;
    let der = [
        &[0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00][..],
        &[0; 56],
    ]
    .concat();
    let signatures: [(&str, Vec<u8>); 5] = [
        ("zeros", vec![0; 64]),
        ("the order", [ORDER, ORDER].concat()),
        ("more than the order", vec![0xff; 64]),
        ("DER", der[..8].to_vec()),
        ("DER with zeros behind it", der),
    ];
    for (name, signature) in signatures {
        for kid in ["curve", key.kid()] {
            let named = site.token().kid(kid).header("alg", json!("ES256")).build();
            let forged = resigned(&named, |bytes| bytes.clone_from(&signature));
            site.refuses_text(&format!("{name} of {kid}"), "algorithm", &forged)
                .await;
        }
        let forged = resigned(&token, |bytes| bytes.clone_from(&signature));
        site.refuses_text(&format!("{name} as RS256"), "signature", &forged)
            .await;
    }
    for algorithm in ["ES256K", "ES384", "EdDSA"] {
        let named = site.token().kid("curve").header("alg", json!(algorithm));
        site.refuses(algorithm, "algorithm", named).await;
    }
    let named = site.token().kid("curve");
    site.refuses("RS256 of a key on a curve", "key id", named)
        .await;
}

// Attacks: 91.
#[tokio::test]
async fn what_is_cheap_to_see_is_seen_before_the_signature() {
    let mut site = Site::start().await;
    let spoilt = |token: String| resigned(&token, |signature| signature.fill(7));
    for (name, reason, token) in [
        (
            "too long",
            "longer",
            site.token().claim("pad", json!("x".repeat(8000))),
        ),
        (
            "another algorithm",
            "algorithm",
            site.token().header("alg", json!("RS512")),
        ),
        ("no key id", "key id", site.token().without_header("kid")),
        (
            "another type",
            "type",
            site.token().header("typ", json!("dpop+jwt")),
        ),
        (
            "an extension",
            "crit",
            site.token().header("crit", json!(["exp"])),
        ),
        ("an unknown key", "key id", site.token().kid("unknown")),
    ] {
        site.refuses_text(name, reason, &spoilt(token.build()))
            .await;
    }
    let token = site.token().audience("https://other.example.com/mcp");
    site.refuses_text(
        "what the claims say is believed of none but the signer",
        "signature",
        &spoilt(token.build()),
    )
    .await;
}

// Attacks: 27.
#[tokio::test]
async fn bad_tokens_of_every_kind_are_told_alike() {
    let mut site = Site::start().await;
    let foreign = SigningKey::generate().unwrap();
    // `refuses` compares each with the first, in every byte.
    for (name, reason, token) in [
        ("signature", "signature", site.token().signed_with(&foreign)),
        ("key", "key id", site.token().kid("unknown")),
        (
            "audience",
            "audience",
            site.token().audience("https://x.example"),
        ),
        ("issuer", "issuer", site.token().issuer("https://x.example")),
        (
            "algorithm",
            "algorithm",
            site.token().header("alg", json!("none")),
        ),
        ("claim", "sub", site.token().without("sub")),
    ] {
        site.refuses(name, reason, token).await;
    }
    site.refuses_text("garbage", "segments", "garbage").await;
}

// Attacks: 42.
#[tokio::test]
async fn an_encrypted_token_is_refused_without_deriving_its_key() {
    let mut site = Site::start().await;
    let header = json!({
        "alg": "PBES2-HS256+A128KW", "enc": "A128CBC-HS256", "zip": "DEF",
        "kid": site.world.emulator.signing_key().kid(), "p2s": "c2FsdA", "p2c": 2_147_483_647,
    });
    let part = BASE64.encode("part of a bomb");
    let encrypted = format!(
        "{}.{part}.{part}.{part}.{part}",
        BASE64.encode(header.to_string())
    );
    // So many rounds take minutes.
    let refused = async {
        site.refuses_text("encrypted", "algorithm", &encrypted)
            .await;
        let signed = site.token().raw_header(header.to_string());
        site.refuses("signed", "algorithm", signed).await;
    };
    tokio::time::timeout(Duration::from_secs(20), refused)
        .await
        .expect("nothing is derived");
}

// Attacks: 69, 70, 72.
#[tokio::test]
async fn what_authkit_gives_out_for_other_ends_is_refused() {
    let mut site = Site::start().await;
    let emulator = &site.world.emulator;
    let user_management = format!(
        "https://api.workos.com/user_management/{}",
        emulator.client_id()
    );
    let url = site.world.mcp_url().to_owned();
    let session = site
        .token()
        .issuer(&user_management)
        .claim("sid", json!("session_01K1SESSION"))
        .claim("role", json!("admin"));
    let typed = |media_type: &str| site.token().header("typ", json!(media_type));
    for (name, reason, token) in [
        (
            "a session of AuthKit",
            "issuer",
            session.clone().without("aud"),
        ),
        ("a session of AuthKit with our audience", "issuer", session),
        (
            "for the API",
            "audience",
            site.token().audience("https://api.workos.com"),
        ),
        (
            "for a widget",
            "audience",
            site.token()
                .audience(emulator.client_id())
                .claim("aud", json!("urn:workos:widgets")),
        ),
        (
            "for our server and signed as a logout token",
            "type",
            typed("logout+jwt").audience(&url),
        ),
        ("a security event", "type", typed("secevent+jwt")),
        (
            "a client's assertion",
            "type",
            typed("client-authentication+jwt"),
        ),
        (
            "an assertion of identity",
            "type",
            typed("oauth-id-jag+jwt"),
        ),
        ("a proof of possession", "type", typed("dpop+jwt")),
    ] {
        site.refuses(name, reason, token).await;
    }
    site.refuses_text("a refresh token", "segments", "rt_01K1REFRESHTOKEN0000000")
        .await;
}

/// A server that asks for the scope `reports:all`.
async fn scoped() -> Site {
    let world = World::builder().configure(|builder| builder.require(Rule::scope("reports:all")));
    Site::of(world).await
}

// Attacks: 11.
#[tokio::test]
async fn a_scope_is_granted_by_its_exact_name_in_the_claim_of_scopes_only() {
    let mut site = scoped().await;
    let granted = site.token().scope("openid reports:all").build();
    site.admits("granted", &format!("Bearer {granted}")).await;
    for (name, token, status) in [
        ("none", site.token().scope(""), 403),
        ("no claim", site.token().without("scope"), 403),
        ("longer", site.token().scope("reports:all-of-them"), 403),
        ("shorter", site.token().scope("reports reports:al"), 403),
        ("in capitals", site.token().scope("REPORTS:ALL"), 403),
        ("a comma", site.token().scope("openid,reports:all"), 403),
        (
            "a no-break space",
            site.token().scope("openid\u{a0}reports:all"),
            403,
        ),
        (
            "in another claim",
            site.token().claim("scp", json!(["reports:all"])),
            403,
        ),
        (
            "as permissions",
            site.token().claim("permissions", json!(["reports:all"])),
            403,
        ),
        ("a tab", site.token().scope("openid\treports:all"), 401),
        ("a line", site.token().scope("openid\nreports:all"), 401),
        (
            "a list",
            site.token()
                .claim("scope", json!(["openid", "reports:all"])),
            401,
        ),
    ] {
        let request = site.world.call().bearer_auth(token.build());
        assert_eq!(request.send().await.unwrap().status(), status, "{name}");
        site.nothing_ran(name);
    }
}

// Attacks: 43.
#[tokio::test]
async fn a_granted_scope_that_cannot_stand_in_a_header_is_left_out_of_the_challenge() {
    let site = scoped().await;
    let odd = "widgets:see a\"b c\\d caf\u{e9} x\",error=\"injected \u{1f4a5} openid";
    let request = site
        .world
        .call()
        .bearer_auth(site.token().scope(odd).build());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 403);
    let challenges: Vec<_> = response
        .headers()
        .get_all("www-authenticate")
        .iter()
        .collect();
    let metadata = site.world.url("/.well-known/oauth-protected-resource/mcp");
    assert_eq!(
        challenges,
        [&format!(
            "Bearer error=\"insufficient_scope\", \
             error_description=\"this needs scopes that the access token was not granted\", \
             resource_metadata=\"{metadata}\", \
             scope=\"openid profile email offline_access reports:all widgets:see\""
        )]
    );
}

// Attacks: 8, 43.
#[test]
fn scopes_that_ask_for_everything_or_cannot_stand_in_a_header_do_not_start_a_server() {
    let build = |scopes: &[&str]| {
        Provider::builder()
            .authkit_domain("app.authkit.app")
            .base_url("https://mcp.example.com")
            .api_key("sk_test_x")
            .client_id("client_x")
            .scopes(scopes.iter().copied())
            .build()
    };
    assert!(build(&["openid", "reports:read"]).is_ok());
    for scopes in [
        &[][..],
        &["*"],
        &["openid", "*"],
        &[""],
        &["a b"],
        &["a\"b"],
        &["a\\b"],
        &["a\r\nx-injected: 1"],
        &["a\tb"],
        &["caf\u{e9}"],
    ] {
        let error = build(scopes).unwrap_err();
        let fields: Vec<_> = error.problems().map(ConfigProblem::field).collect();
        assert_eq!(fields, ["scopes"], "{scopes:?}");
    }
}

// Attacks: 15.
#[tokio::test]
async fn no_header_makes_another_audience_ours() {
    let site = Site::start().await;
    let evil = site.token().audience("https://evil.example/mcp").build();
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-original-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-forwarded-prefix", "/mcp"),
    ] {
        let request = site.world.call().header(name, value);
        let response = request
            .header("x-forwarded-host", "evil.example")
            .header(AUTHORIZATION, format!("Bearer {evil}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 401, "{name}");
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        assert!(!challenge.contains("evil"), "{name}: {challenge}");
        site.nothing_ran(name);
    }
}
