//! What a token's header may say, and what it has no say in.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

use super::*;

fn header_with(name: &str, value: impl Into<Value>) -> Value {
    let mut header = Signer::first().header();
    header[name] = value.into();
    header
}

fn signed_with_header(header: &Value) -> String {
    Signer::first().sign(&header.to_string(), &claims().to_string())
}

#[track_caller]
fn assert_header_refused(header: &Value, reason: Reason) {
    assert_token_refused(&signed_with_header(header), reason);
}

#[track_caller]
fn assert_header_accepted(header: &Value) {
    let answer = answer(&verifier(), &signed_with_header(header));
    assert!(answer.is_ok(), "{header}: {answer:?}");
}

// Attacks: 44, 47.
#[test]
fn the_algorithm_is_rs256_and_no_other() {
    for algorithm in [
        "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "RS384", "RS512", "PS256", "ES256",
        "ES256K", "EdDSA", "rs256", "RS256 ", "RS256\0",
    ] {
        assert_header_refused(&header_with("alg", algorithm), Reason::Algorithm);
    }
    for algorithm in [
        json!(null),
        json!(["RS256"]),
        json!({}),
        json!(256),
        json!(true),
    ] {
        assert_header_refused(&header_with("alg", algorithm), Reason::Algorithm);
    }
    let without = json!({ "kid": Signer::first().key_id });
    assert_header_refused(&without, Reason::Algorithm);
}

// Attacks: 45, 46.
#[test]
fn a_public_key_is_no_hmac_secret() {
    let signer = Signer::first();
    let header = header_with("alg", "HS256").to_string();
    let message = format!(
        "{}.{}",
        BASE64.encode(header),
        BASE64.encode(claims().to_string())
    );
    let jwk = signer.jwk().to_string();
    for secret in [&signer.modulus()[..], jwk.as_bytes(), b"", b"secret"] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let signature = hmac::sign(&key, message.as_bytes());
        let token = format!("{message}.{}", BASE64.encode(signature));
        assert_token_refused(&token, Reason::Algorithm);
    }
}

// Attacks: 53, 54.
#[test]
fn the_key_id_is_required_and_bounded() {
    assert_header_refused(&json!({ "alg": "RS256" }), Reason::KeyId);
    for key_id in [
        json!(""),
        json!(null),
        json!(1),
        json!({}),
        json!(["k"]),
        json!("k".repeat(257)),
    ] {
        assert_header_refused(&header_with("kid", key_id), Reason::KeyId);
    }
}

// Attacks: 53.
#[test]
fn a_key_id_is_only_looked_up() {
    for key_id in [
        "../../dev/null",
        "' OR 1=1--",
        "http://evil.example/jwks",
        "kid\0",
        "sso_oidc_key_pair_01first",
        "sso_oidc_key_pair_01FIRST ",
        "ѕso_oidc_key_pair_01FIRST",
    ] {
        assert_header_refused(&header_with("kid", key_id), Reason::UnknownKey);
    }
}

// Attacks: 49.
#[test]
fn another_key_under_a_known_id_verifies_nothing() {
    let forged =
        Signer::second().sign(&Signer::first().header().to_string(), &claims().to_string());
    assert_token_refused(&forged, Reason::Signature);
}

// Attacks: 50, 51, 52.
#[test]
fn a_key_that_the_token_brings_along_is_never_used() {
    let mut header = Signer::first().header();
    header["jwk"] = Signer::second().jwk();
    header["jku"] = json!("http://127.0.0.1:1/jwks");
    header["x5u"] = json!("http://127.0.0.1:1/x5u");
    header["x5c"] = json!(["MIIB"]);
    header["x5t"] = json!("AAAA");
    let forged = Signer::second().sign(&header.to_string(), &claims().to_string());
    assert_token_refused(&forged, Reason::Signature);
    assert_header_accepted(&header);
}

// Attacks: 70, 71.
#[test]
fn the_type_is_that_of_an_access_token_or_absent() {
    for media_type in [
        "JWT",
        "jwt",
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/At+Jwt",
        "application/jwt",
    ] {
        assert_header_accepted(&header_with("typ", media_type));
    }
    for media_type in [
        "",
        "application/",
        "application/application/jwt",
        "at+jwt ",
        "JOSE",
        "JOSE+JSON",
        "id_token+jwt",
        "oauth-id-jag+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "client-authentication+jwt",
        "é",
    ] {
        assert_header_refused(&header_with("typ", media_type), Reason::Type);
    }
    for media_type in [json!(null), json!(["JWT"]), json!(1)] {
        assert_header_refused(&header_with("typ", media_type), Reason::Type);
    }
}

// Attacks: 42, 55, 56.
#[test]
fn extensions_are_refused() {
    for critical in [
        json!([]),
        json!(["exp"]),
        json!(["alg"]),
        json!(["b64"]),
        json!("b64"),
        json!(null),
        json!(["a", "a"]),
    ] {
        assert_header_refused(&header_with("crit", critical), Reason::Extension);
    }
    for (name, value) in [
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("zip", json!(null)),
    ] {
        assert_header_refused(&header_with(name, value), Reason::Extension);
    }
}
