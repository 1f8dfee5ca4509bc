//! Which keys of a key set are used.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::Value;

use super::*;
use crate::jwks::keys::{self, Keys, Passed};

fn read(document: &str) -> Result<(Keys, Passed), FetchError> {
    keys::read(document.as_bytes(), 32, now(), 1)
}

/// The first signer's key under an id of its own, with other members.
fn odd(members: Value) -> Value {
    let mut key = Signer::first().jwk();
    key["kid"] = json!("odd");
    let Value::Object(members) = members else {
        unreachable!("members are an object");
    };
    for (name, value) in members {
        if value == json!("ABSENT") {
            key.as_object_mut().unwrap().remove(&name);
        } else {
            key[name] = value;
        }
    }
    key
}

/// Whether the key is used; the good key beside it always is.
#[track_caller]
fn is_used(key: &Value) -> bool {
    let good = Signer::second();
    let (keys, passed) = read(&key_set(&[key.clone(), good.jwk()])).unwrap();
    assert!(keys.find(good.key_id).is_some());
    let used = keys.find("odd").is_some();
    assert_eq!(passed.unfit, usize::from(!used));
    used
}

#[test]
fn a_key_of_authkit_is_used() {
    assert!(is_used(&odd(json!({}))));
}

// Attacks: 48, 57.
#[test]
fn use_operations_and_algorithm_may_be_absent_but_not_others() {
    for members in [
        json!({ "use": "ABSENT" }),
        json!({ "alg": "ABSENT" }),
        json!({ "use": "ABSENT", "alg": "ABSENT" }),
        json!({ "key_ops": ["verify"] }),
        json!({ "key_ops": ["sign", "verify", "whatever"] }),
        json!({ "d": "AQAB", "p": "AQAB", "unknown": { "a": [1] } }),
        json!({ "x5c": "ABSENT", "x5t#S256": "ABSENT" }),
    ] {
        assert!(is_used(&odd(members.clone())), "{members}");
    }
    for members in [
        json!({ "use": "enc" }),
        json!({ "use": "SIG" }),
        json!({ "use": "" }),
        json!({ "use": 1 }),
        json!({ "alg": "RS512" }),
        json!({ "alg": "PS256" }),
        json!({ "alg": "RSA-OAEP" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "made up" }),
        json!({ "alg": 1 }),
        json!({ "key_ops": ["encrypt"] }),
        json!({ "key_ops": [] }),
        json!({ "key_ops": "verify" }),
    ] {
        assert!(!is_used(&odd(members.clone())), "{members}");
    }
}

// Attacks: 57.
#[test]
fn only_rsa_keys_with_an_id_are_used() {
    for key in [
        odd(json!({ "kty": "oct", "k": "AQAB" })),
        odd(json!({ "kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB" })),
        odd(json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQAB" })),
        odd(json!({ "kty": "rsa" })),
        odd(json!({ "kty": "made up" })),
        odd(json!({ "kty": "ABSENT" })),
        odd(json!({ "kid": "ABSENT" })),
        odd(json!({ "kid": "" })),
        odd(json!({ "kid": 1 })),
        odd(json!({ "kid": "k".repeat(257) })),
        json!(null),
        json!("key"),
        json!([]),
        json!({}),
        json!(1),
    ] {
        assert!(!is_used(&key), "{key}");
    }
}

// Attacks: 57.
#[test]
fn weak_and_odd_numbers_are_no_keys() {
    let modulus = Signer::first().modulus();
    let encoded = |bytes: &[u8]| BASE64.encode(bytes);
    let mut of_2047_bits = modulus.clone();
    of_2047_bits[0] = 0x7f;
    let mut too_long = vec![0xff; 1025];
    too_long[1024] = 1;
    for n in [
        encoded(&modulus[..128]),
        encoded(&of_2047_bits),
        encoded(&too_long),
        encoded(&[0; 256]),
        String::new(),
        format!("{}=", encoded(&modulus)),
        format!("{}+/", encoded(&modulus)),
        format!(" {}", encoded(&modulus)),
    ] {
        assert!(!is_used(&odd(json!({ "n": n }))), "{n}");
    }
    for e in [
        &[][..],
        &[0],
        &[1],
        &[3],
        &[17],
        &[1, 0, 0],
        &[0xff, 0xff],
        &[2, 0, 0, 0, 1],
        &[1, 0, 0, 0, 0, 0, 0, 0, 1],
    ] {
        assert!(!is_used(&odd(json!({ "e": encoded(e) }))), "{e:?}");
    }
    for members in [
        json!({ "n": "ABSENT" }),
        json!({ "e": "ABSENT" }),
        json!({ "n": 5 }),
    ] {
        assert!(!is_used(&odd(members)));
    }
}

#[test]
fn leading_zeros_change_no_number() {
    let padded = [&[0, 0], &*Signer::first().modulus()].concat();
    let members = json!({ "n": BASE64.encode(padded), "e": BASE64.encode([0, 1, 0, 1]) });
    assert!(is_used(&odd(members)));
}

// Attacks: 58.
#[test]
fn two_keys_of_one_id_are_both_passed_over() {
    let mut other = Signer::second().jwk();
    other["kid"] = json!(Signer::first().key_id);
    let keys = [Signer::first().jwk(), other.clone(), Signer::second().jwk()];
    let (found, passed) = read(&key_set(&keys)).unwrap();
    assert!(found.find(Signer::first().key_id).is_none());
    assert!(found.find(Signer::second().key_id).is_some());
    assert_eq!(passed.ambiguous, 2);

    // A third one does not bring the id back.
    let keys = [
        Signer::first().jwk(),
        other,
        Signer::first().jwk(),
        Signer::second().jwk(),
    ];
    let (found, passed) = read(&key_set(&keys)).unwrap();
    assert!(found.find(Signer::first().key_id).is_none());
    assert_eq!(passed.ambiguous, 3);
}

// Attacks: 58.
#[test]
fn what_cannot_verify_does_not_make_an_id_ambiguous() {
    let mut encryption = Signer::second().jwk();
    encryption["kid"] = json!(Signer::first().key_id);
    encryption["use"] = json!("enc");
    let keys = [encryption, Signer::first().jwk(), Signer::first().jwk()];
    let (found, passed) = read(&key_set(&keys)).unwrap();
    assert!(found.find(Signer::first().key_id).is_some());
    assert_eq!((passed.unfit, passed.ambiguous), (1, 0));
}

// Attacks: 85.
#[test]
fn no_more_keys_are_taken_than_the_limit() {
    let mut set: Vec<_> = (0..40)
        .map(|number| odd(json!({ "kid": format!("{number}") })))
        .collect();
    set.push(Signer::second().jwk());
    let (found, passed) = read(&key_set(&set)).unwrap();
    assert_eq!(found.ids().count(), 32);
    assert!(found.find("31").is_some() && found.find("32").is_none());
    assert_eq!(passed.beyond_limit, 9);
}

// Attacks: 84.
#[test]
fn a_set_without_a_usable_key_is_none() {
    for document in [r#"{"keys":[]}"#, r#"{"keys":[{}]}"#, r#"{"keys":[null,1]}"#] {
        assert!(
            matches!(read(document), Err(FetchError::NoUsableKey)),
            "{document}"
        );
    }
    let whole = key_set(&[Signer::first().jwk()]);
    for document in [
        "",
        "{}",
        "[]",
        "null",
        "<!doctype html><title>Sign in</title>",
        r#"{"keys":{}}"#,
        r#"{"keys":null}"#,
        r#"{"keys":[],"keys":[]}"#,
        &whole[..whole.len() - 1],
        &format!("{whole}x"),
        &"[".repeat(60_000),
    ] {
        assert!(
            matches!(read(document), Err(FetchError::NotAKeySet)),
            "{document:.80}"
        );
    }
}
