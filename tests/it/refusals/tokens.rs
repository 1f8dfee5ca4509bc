//! A token that AuthKit did not sign as it stands is refused, whatever its header says.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::json;
use workos_mcp_emulator::{
    Emulator, Endpoint,
    SigningAlgorithm::{Ps256, Ps384, Ps512, Rs384, Rs512},
    SigningKey,
};

use super::{Site, resigned};

// Attacks: 49, 60.
#[tokio::test]
async fn a_signature_that_does_not_hold_is_refused() {
    let mut site = Site::start().await;
    let (good, other) = (site.token().build(), site.token().build());
    site.admits("the good one", &format!("Bearer {good}")).await;
    let (head, signature) = good.rsplit_once('.').unwrap();
    let spaced = BASE64.encode(site.token().claims().to_string().replace(',', ", "));
    let header = head.split_once('.').unwrap().0;
    for (name, token) in [
        (
            "first bit",
            resigned(&good, |signature| signature[0] ^= 0x80),
        ),
        (
            "last bit",
            resigned(&good, |signature| *signature.last_mut().unwrap() ^= 1),
        ),
        (
            "cut off",
            resigned(&good, |signature| signature.truncate(255)),
        ),
        (
            "one byte more",
            resigned(&good, |signature| signature.push(0)),
        ),
        (
            "one zero before",
            resigned(&good, |signature| signature.insert(0, 0)),
        ),
        (
            "one byte",
            resigned(&good, |signature| signature.truncate(1)),
        ),
        ("only zeros", resigned(&good, |signature| signature.fill(0))),
        (
            "too long for any key",
            resigned(&good, |signature| signature.resize(1100, 7)),
        ),
        (
            "of another token",
            format!("{}.{signature}", other.rsplit_once('.').unwrap().0),
        ),
        ("other whitespace", format!("{header}.{spaced}.{signature}")),
    ] {
        site.refuses_text(name, "signature", &token).await;
    }
    let foreign = SigningKey::generate().unwrap();
    let token = site.token().signed_with(&foreign);
    site.refuses("a foreign key with the known id", "signature", token)
        .await;
    let requests = site.world.emulator.requests(Endpoint::Jwks);
    assert_eq!(requests, 1, "a bad signature is no reason to fetch keys");
}

// Attacks: 44, 45, 46, 47, 48.
#[tokio::test]
async fn no_algorithm_but_rs256_is_taken() {
    let mut site = Site::start().await;
    for algorithm in [
        json!("none"),
        json!("None"),
        json!("NONE"),
        json!("nOnE"),
        json!(""),
        json!("rs256"),
        json!("RS256 "),
        json!("ES256"),
        json!("EdDSA"),
        json!(["RS256"]),
        json!(256),
        json!(null),
    ] {
        let token = site.token().header("alg", algorithm.clone());
        site.refuses(&format!("signed, {algorithm}"), "algorithm", token)
            .await;
        let token = site.token().unsigned().header("alg", algorithm.clone());
        site.refuses(&format!("unsigned, {algorithm}"), "", token)
            .await;
    }
    let token = site.token().without_header("alg");
    site.refuses("not said", "algorithm", token).await;
    for algorithm in [Ps256, Ps384, Ps512, Rs384, Rs512] {
        let token = site.token().algorithm(algorithm);
        site.refuses(&format!("{algorithm:?}"), "algorithm", token)
            .await;
        let token = site
            .token()
            .algorithm(algorithm)
            .header("alg", json!("RS256"));
        site.refuses(&format!("{algorithm:?} as RS256"), "signature", token)
            .await;
    }
    let pem = site.world.emulator.public_key_pem();
    let jwk = site.world.emulator.signing_key().jwk();
    for (name, secret) in [
        ("PEM", pem.as_bytes()),
        ("PEM without the last newline", pem.trim_end().as_bytes()),
        ("DER", &site.world.emulator.public_key_der()),
        ("JWK", jwk.to_string().as_bytes()),
        (
            "modulus",
            &BASE64.decode(jwk["n"].as_str().unwrap()).unwrap(),
        ),
        // The key of RFC 8017 without what RFC 5280 puts before it.
        ("PKCS #1", &site.world.emulator.public_key_der()[24..]),
        ("empty", b""),
        ("guessed", b"secret"),
    ] {
        let token = site.token().hs256(secret);
        site.refuses(&format!("HS256 with {name}"), "algorithm", token)
            .await;
        let token = site.token().hs256(secret).header("alg", json!("RS256"));
        site.refuses(&format!("HS256 as RS256 with {name}"), "signature", token)
            .await;
    }
}

// Attacks: 53, 54.
#[tokio::test]
async fn a_token_that_names_no_key_or_an_unknown_one_is_refused() {
    let mut site = Site::start().await;
    let token = site.token().without_header("kid");
    site.refuses("no key id, one key", "key id", token).await;
    site.world.emulator.rotate_keys().await.unwrap();
    let token = site.token().build();
    site.admits("a second key", &format!("Bearer {token}"))
        .await;
    let token = site.token().without_header("kid");
    site.refuses("no key id, two keys", "key id", token).await;
    let known = site.world.emulator.signing_key().kid().to_owned();
    for kid in [
        json!(null),
        json!(1),
        json!(true),
        json!([known]),
        json!({ "kid": known }),
        json!(""),
    ] {
        let token = site.token().header("kid", kid.clone());
        site.refuses(&kid.to_string(), "key id", token).await;
    }
    for kid in [
        "unknown".to_owned(),
        "../../../../dev/null".to_owned(),
        "' OR 1=1 --".to_owned(),
        "http://127.0.0.1:9/oauth2/jwks".to_owned(),
        "x\n2026-01-01T00:00:00Z ERROR workos_mcp: forged".to_owned(),
        format!("{known}\0"),
        format!(" {known}"),
        known.to_lowercase(),
        known.replacen('s', "\u{455}", 1),
        "x".repeat(5000),
    ] {
        site.refuses(&kid, "key id", site.token().kid(&kid)).await;
    }
    let token = site.token().build();
    site.admits("the known key", &format!("Bearer {token}"))
        .await;
}

// Attacks: 38, 39, 42, 55, 56, 70, 71.
#[tokio::test]
async fn a_header_that_asks_for_more_than_a_plain_access_token_is_refused() {
    let mut site = Site::start().await;
    for (parameter, value, reason) in [
        ("crit", json!(["exp"]), "crit"),
        ("crit", json!(["b64"]), "crit"),
        ("crit", json!([]), "crit"),
        ("crit", json!("exp"), "crit"),
        ("b64", json!(false), "b64"),
        ("b64", json!(true), "b64"),
        ("zip", json!("DEF"), "zip"),
        ("typ", json!("dpop+jwt"), "type"),
        ("typ", json!("oauth-id-jag+jwt"), "type"),
        ("typ", json!("logout+jwt"), "type"),
        ("typ", json!("secevent+jwt"), "type"),
        ("crit", json!(["b64", "b64"]), "crit"),
        ("typ", json!("JWE"), "type"),
        ("typ", json!(""), "type"),
        ("typ", json!(["JWT"]), "type"),
    ] {
        let token = site.token().header(parameter, value.clone());
        site.refuses(&format!("{parameter}: {value}"), reason, token)
            .await;
    }
    let kid = site.world.emulator.signing_key().kid().to_owned();
    for header in [
        format!(r#"{{"alg":"RS256","alg":"RS256","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","\u0061lg":"none"}}"#),
        format!(r#"{{"kid":"unknown","alg":"RS256","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","x":1,"x":1}}"#),
    ] {
        let token = site.token().raw_header(&header);
        site.refuses(&header, "twice", token).await;
    }
    for header in ["", "{}{}", "null", "[]", "\"RS256\"", "not json"]
        .map(ToOwned::to_owned)
        .into_iter()
        .chain([format!(
            "{{\"alg\":\"RS256\",\"kid\":\"{kid}\",\"x\":{}",
            "[".repeat(3000)
        )])
    {
        let token = site.token().raw_header(&header);
        site.refuses(&format!("{header:.40}"), "segments", token)
            .await;
    }
    for typ in ["JWT", "at+jwt", "AT+JWT", "application/at+jwt"] {
        let token = site.token().header("typ", json!(typ)).build();
        site.admits(typ, &format!("Bearer {token}")).await;
    }
}

// Attacks: 13, 50, 51, 52.
#[tokio::test]
async fn a_key_that_the_token_brings_along_is_not_used_and_nothing_is_fetched_for_it() {
    let mut site = Site::start().await;
    let attacker = Emulator::start().await.unwrap();
    let key = SigningKey::generate().unwrap();
    let url = format!("{}/oauth2/jwks", attacker.url());
    let ours = site.world.emulator.issuer().to_owned();
    let certificate = base64::prelude::BASE64_STANDARD.encode(key.public_key_der());
    for (parameter, value) in [
        ("jwk", key.jwk()),
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("jku", json!(format!("{ours}/../oauth2/jwks?{url}"))),
        (
            "jku",
            json!(format!("{ours}@{}", url.replace("http://", ""))),
        ),
        ("x5c", json!([certificate])),
        ("x5t", json!(BASE64.encode([7; 20]))),
        ("x5t#S256", json!(BASE64.encode([7; 32]))),
    ] {
        let forged = site
            .token()
            .signed_with(&key)
            .header(parameter, value.clone());
        site.refuses(
            &format!("{parameter}, a known key id"),
            "signature",
            forged.clone(),
        )
        .await;
        let unknown = forged.clone().kid(key.kid());
        site.refuses(&format!("{parameter}, its own key id"), "key id", unknown)
            .await;
        let nameless = forged.without_header("kid");
        site.refuses(&format!("{parameter}, no key id"), "key id", nameless)
            .await;
        let signed = site.token().header(parameter, value).build();
        site.admits(
            &format!("{parameter} in a token of AuthKit"),
            &format!("Bearer {signed}"),
        )
        .await;
    }
    assert_eq!(attacker.requests(Endpoint::Jwks), 0);
}

// Attacks: 40, 75.
#[tokio::test]
async fn a_token_that_is_too_long_is_refused() {
    let mut site = Site::start().await;
    let padded = |site: &Site, length: usize| {
        let token = site.token().claim("pad", json!("x".repeat(length)));
        token.build()
    };
    let short = padded(&site, 0).len();
    let mut length = (8192 - short) / 4 * 3 - 3;
    let (mut longest, mut next) = (padded(&site, length), padded(&site, length + 1));
    while next.len() <= 8192 {
        length += 1;
        longest = next;
        next = padded(&site, length + 1);
    }
    site.admits("of 8 KiB", &format!("Bearer {longest}")).await;
    for token in [next, padded(&site, 44 * 1024), "x".repeat(60 * 1024)] {
        site.refuses_text(&format!("of {} bytes", token.len()), "longer", &token)
            .await;
    }
}

// Attacks: 35, 36, 37.
#[tokio::test]
async fn what_is_not_three_segments_of_plain_base64url_is_refused() {
    let mut site = Site::start().await;
    let alphabet = |site: &Site| loop {
        let token = site.token().build();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        if signature.contains(['-', '_']) {
            break format!("{signed}.{}", signature.replace('-', "+").replace('_', "/"));
        }
    };
    let good = site.token().build();
    site.admits("the good one", &format!("Bearer {good}")).await;
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    // 2,048 bits leave four of the last character unused: a lenient decoder reads all of these alike.
    let last = good.chars().last().unwrap();
    let respelt = char::from_u32(u32::from(last) + 1).unwrap();
    let not_utf8 = BASE64.encode(b"\xff\xfe{}");
    for token in [
        "foo".to_owned(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        head.to_owned(),
        format!("{head}."),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{good}.{signature}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{payload}.{signature}"),
        format!("{good}=="),
        format!("{good}="),
        format!("{good}AAA"),
        format!("{}{respelt}", good.strip_suffix(last).unwrap()),
        format!("{not_utf8}.{payload}.{signature}"),
        alphabet(&site),
    ] {
        site.refuses_text(&token, "segments", &token).await;
    }
    assert_eq!(
        site.world.emulator.requests(Endpoint::Jwks),
        1,
        "garbage is no reason to fetch keys"
    );
}
