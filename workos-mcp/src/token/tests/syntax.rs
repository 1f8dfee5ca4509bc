//! What a token looks like before anything in it is believed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

use super::*;

fn good() -> String {
    Signer::first().token(&claims())
}

#[test]
fn a_token_of_authkit_is_accepted() {
    let session = assert_accepted(&claims());
    assert_eq!(session.user_id(), "user_01ALICE");
    assert_eq!(session.session_id(), Some("app_consent_01ALICE"));
    assert_eq!(session.organization_id(), Some("org_01ACME"));
    assert_eq!(session.client_id(), Some("client_01APP"));
    assert_eq!(session.issuer(), ISSUER);
    let scopes: Vec<_> = session.scopes().collect();
    assert_eq!(scopes, ["openid", "profile", "email", "offline_access"]);
}

// Attacks: 40.
#[test]
fn a_token_may_be_as_long_as_the_limit_and_no_longer() {
    let token = Signer::first().token(&claims_with("filler", "x".repeat(4000)));
    let mut config = config();
    config.limits.token_bytes = token.len();
    assert!(answer(&verifier_of(config), &token).is_ok());

    let mut config = super::config();
    config.limits.token_bytes = token.len() - 1;
    let refusal = answer(&verifier_of(config), &token).unwrap_err();
    assert_eq!(refusal, Reason::TooLong.into());

    assert_token_refused(&"a".repeat(8193), Reason::TooLong);
    assert_token_refused(&"a.".repeat(500_000), Reason::TooLong);
}

// Attacks: 36, 41.
#[test]
fn a_token_has_exactly_three_segments_and_none_is_empty() {
    let token = good();
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        unreachable!("a token has three segments");
    };
    for broken in [
        String::new(),
        ".".into(),
        "..".into(),
        "foo".into(),
        header.into(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{header}.{payload}.{signature}.{payload}.{signature}"),
        format!(r#"{{"protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#),
    ] {
        assert_token_refused(&broken, Reason::Malformed);
    }
}

// Attacks: 37.
#[test]
fn base64url_has_one_spelling() {
    let signer = Signer::first();
    let header = BASE64.encode(signer.header().to_string());
    let payload = BASE64.encode(claims().to_string());
    for odd in [
        format!("{header}="),
        format!("{header}=="),
        format!(" {header}"),
        format!("{header}\n"),
        format!("{header}A"),
        format!("{header}+/"),
        format!("{header}é"),
    ] {
        assert_token_refused(
            &signer.sign_segments(&format!("{odd}.{payload}")),
            Reason::Malformed,
        );
    }
    for odd in [
        format!("{payload}="),
        format!("{payload}=="),
        format!("{payload} "),
        format!("{payload}\t"),
        format!("{payload}+/"),
        format!("{payload}é"),
    ] {
        assert_token_refused(
            &signer.sign_segments(&format!("{header}.{odd}")),
            Reason::Malformed,
        );
    }
    let token = good();
    for odd in ["=", "==", " ", "+/", "é"] {
        assert_token_refused(&format!("{token}{odd}"), Reason::Malformed);
    }
}

// Attacks: 37.
#[test]
fn the_unused_bits_of_the_last_character_are_zero() {
    let signer = Signer::first();
    // One byte more or less makes every remainder come by.
    for filler in ["", "x", "xx"] {
        let text = claims_with("filler", filler).to_string();
        let payload = BASE64.encode(&text);
        if payload.len() % 4 == 0 {
            continue;
        }
        let last = payload.as_bytes()[payload.len() - 1];
        let next = char::from(last + 1);
        let odd = format!("{}{next}", &payload[..payload.len() - 1]);
        let header = BASE64.encode(signer.header().to_string());
        assert_token_refused(
            &signer.sign_segments(&format!("{header}.{odd}")),
            Reason::Malformed,
        );
    }
    // 256 bytes leave a remainder too.
    let token = good();
    let last = token.as_bytes()[token.len() - 1];
    let odd = format!("{}{}", &token[..token.len() - 1], char::from(last + 1));
    assert_token_refused(&odd, Reason::Malformed);
}

// Attacks: 38.
#[test]
fn header_and_payload_are_json_objects_and_nothing_follows() {
    let signer = Signer::first();
    let header = signer.header().to_string();
    let payload = claims().to_string();
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(500), close.repeat(500));
    for broken in [
        "null",
        "[]",
        "\"alg\"",
        "1",
        "{",
        "{}{}",
        "{\"a\":1,}",
        "{'a':1}",
        "{a:1}",
        "\u{feff}{}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":1e400}",
        "{\"a\":\"\\ud800\"}",
        &deep("[", "]"),
        &deep("{\"a\":", "}"),
    ] {
        for token in [signer.sign(broken, &payload), signer.sign(&header, broken)] {
            let refusal = answer(&verifier(), &token).unwrap_err();
            assert_eq!(refusal, Reason::Malformed.into(), "{broken:.80}");
        }
    }
    for trailing in ["x", "{}", "\0", ","] {
        let token = signer.sign(&format!("{header}{trailing}"), &payload);
        assert_token_refused(&token, Reason::Malformed);
        let token = signer.sign(&header, &format!("{payload}{trailing}"));
        assert_token_refused(&token, Reason::Malformed);
    }
    let latin1 = BASE64.encode(b"{\"alg\":\"RS256\",\"kid\":\"\xe9\"}");
    let token = signer.sign_segments(&format!("{latin1}.{}", BASE64.encode(&payload)));
    assert_token_refused(&token, Reason::Malformed);
    let latin1 = BASE64.encode(b"{\"sub\":\"\xe9\"}");
    let token = signer.sign_segments(&format!("{}.{latin1}", BASE64.encode(&header)));
    assert_token_refused(&token, Reason::Malformed);
}

// Attacks: 38.
#[test]
fn deep_nesting_costs_no_stack() {
    let signer = Signer::first();
    let mut config = config();
    config.limits.token_bytes = usize::MAX;
    let verifier = verifier_of(config);
    let deep = "[".repeat(1_000_000);
    let header = signer.header().to_string();
    for token in [
        signer.sign(&format!("{{\"a\":{deep}"), "{}"),
        signer.sign(&header, &format!("{{\"a\":{deep}")),
        signer.sign(&header, &format!("{{\"aud\":{deep}")),
        signer.sign(&header, &format!("{{\"permissions\":{deep}")),
    ] {
        let refusal = answer(&verifier, &token).unwrap_err();
        assert_eq!(refusal, Reason::Malformed.into());
    }
}

// Attacks: 39.
#[test]
fn a_name_appears_once_however_it_is_spelled() {
    let signer = Signer::first();
    let header = signer.header().to_string();
    let payload = claims().to_string();
    let with = |object: &str, member: &str| object.replacen('{', &format!("{{{member},"), 1);
    for twice in [
        r#""alg":"RS256""#,
        r#""\u0061lg":"RS256""#,
        r#""kid":"other""#,
        r#""x":1,"x":1"#,
        r#""x":1,"y":2,"\u0078":{}"#,
        r#""é":1,"\u00e9":2"#,
        r#""":1,"":2"#,
    ] {
        let token = signer.sign(&with(&header, twice), &payload);
        assert_token_refused(&token, Reason::DuplicateMember);
    }
    for twice in [
        r#""aud":"https://mcp.example.com/mcp""#,
        r#""aud":["https://evil.example"]"#,
        r#""exp":99999999999"#,
        r#""\u0065xp":1"#,
        r#""sub":"user_01ALICE""#,
        r#""role":1,"role":2"#,
        r#""urn:x":1,"urn:x":1"#,
    ] {
        let token = signer.sign(&header, &with(&payload, twice));
        assert_token_refused(&token, Reason::DuplicateMember);
    }
}

// Attacks: 75.
#[test]
fn unknown_members_are_passed_over() {
    let signer = Signer::first();
    let mut header = signer.header();
    let mut claims = claims();
    for number in 0..50 {
        header[format!("h{number}")] = json!({ "alg": "none", "nested": [number] });
        claims[format!("c{number}")] = json!([{ "aud": "https://evil.example" }, null, 1.5, -1]);
    }
    let token = signer.sign(&header.to_string(), &claims.to_string());
    assert!(answer(&verifier(), &token).is_ok());
}

// Attacks: 60.
#[test]
fn a_changed_byte_anywhere_ends_a_token() {
    let verifier = verifier();
    let token = good();
    assert!(answer(&verifier, &token).is_ok());
    for position in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(answer(&verifier, &changed).is_err(), "at {position}");
    }
}

// Attacks: 60.
#[test]
fn a_signature_is_as_long_as_its_key() {
    let token = good();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = BASE64.decode(signature).unwrap();
    for length in [1, 128, 255, 257, 512, 1024, 1025, 4000] {
        let mut resized = signature.clone();
        resized.resize(length, 0);
        let token = format!("{signed}.{}", BASE64.encode(resized));
        assert_token_refused(&token, Reason::Signature);
    }
}

// Attacks: 60.
#[test]
fn the_signature_is_over_the_very_bytes() {
    let token = good();
    let (header, rest) = token.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let spaced = format!(
        " {}",
        String::from_utf8(BASE64.decode(payload).unwrap()).unwrap()
    );
    let token = format!("{header}.{}.{signature}", BASE64.encode(spaced));
    assert_token_refused(&token, Reason::Signature);
}
