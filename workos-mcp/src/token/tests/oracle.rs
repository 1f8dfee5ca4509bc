//! jsonwebtoken as a second opinion: we accept nothing that it refuses, and what we refuse beyond it is listed.

use std::sync::LazyLock;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, errors::ErrorKind};
use proptest::{prelude::*, sample::select};

use super::{stricter::stricter, *};

#[derive(Clone, Copy)]
pub(super) enum Part {
    Header,
    Claims,
}

/// Names and values as JSON text, so that they may repeat, be escaped, and be no numbers a `Value` can hold.
type Members = Vec<(String, String)>;

#[derive(Clone, Debug)]
pub(super) enum Change {
    Set(String, String),
    Add(String, String),
    Remove(String),
}

#[derive(Clone, Debug)]
enum Damage {
    None,
    OtherKey,
    Flip(prop::sample::Index, u8),
    Insert(prop::sample::Index, char),
    Cut(prop::sample::Index),
}

fn members_of(object: &Value) -> Members {
    let object = object.as_object().unwrap();
    let members = object.iter();
    members
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect()
}

fn object_of(mut members: Members, changes: Vec<Change>) -> String {
    for change in changes {
        match change {
            Change::Set(name, value) => {
                match members.iter_mut().find(|(known, _)| *known == name) {
                    Some(member) => member.1 = value,
                    None => members.push((name, value)),
                }
            }
            Change::Add(name, value) => members.push((name, value)),
            Change::Remove(name) => members.retain(|(known, _)| *known != name),
        }
    }
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn changes(
    names: &'static [&'static str],
    values: impl Strategy<Value = String> + Clone + 'static,
) -> impl Strategy<Value = Vec<Change>> {
    let name = select(names).prop_map(ToOwned::to_owned);
    let member = (name.clone(), values);
    let change = prop_oneof![
        6 => member.clone().prop_map(|(name, value)| Change::Set(name, value)),
        1 => member.prop_map(|(name, value)| Change::Add(name, value)),
        1 => name.prop_map(Change::Remove),
    ];
    prop::collection::vec(change, 0..3)
}

fn any_value() -> impl Strategy<Value = String> + Clone {
    let texts = [
        "",
        "x",
        "user_01BOB",
        "user_\\u0007",
        "client_01APP",
        ISSUER,
        AUDIENCE,
        CLIENT_ID,
        "a b",
        "a\\tb",
        "\\u0061",
        "\\ud800",
        "JWT",
        "RS256",
        "none",
        "HS256",
    ];
    let raw = [
        "null",
        "true",
        "0",
        "1",
        "-1",
        "1.5",
        "-0",
        "1e9",
        "4000000000.0",
        "4000000000.5",
        "1e400",
        "253402300799",
        "253402300800",
        "18446744073709551615",
        "18446744073709551616",
        "[]",
        "{}",
        "[1]",
        "[\"\"]",
        "{\"a\":{\"a\":[null]}}",
        "[\"exp\"]",
        "NaN",
        "",
    ];
    let issuers = format!("[\"{ISSUER}\"]");
    let audiences = format!("[\"https://other.example\",\"{AUDIENCE}\"]");
    let misplaced = format!("[\"{AUDIENCE}\",1]");
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let long = format!("\"{}\"", "user_".repeat(60));
    let longest = format!("\"{}\"", "x".repeat(9000));
    // No times within a second of an edge: the two read the clock one after the other.
    let offsets = vec![-100_000, -1000, -10, 0, 10, 25, 40, 1000];
    let mut values: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    values.extend(raw.map(ToOwned::to_owned));
    values.extend([issuers, audiences, misplaced, deep, long, longest]);
    let time = |offset| now().unix.saturating_add_signed(offset).to_string();
    prop_oneof![4 => select(values), 1 => select(offsets).prop_map(time)]
}

fn header_value() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        any_value(),
        Just(format!("\"{}\"", Signer::first().key_id)),
        select(
            &[
                "\"at+jwt\"",
                "\"application/JWT\"",
                "\"RS384\"",
                "\"dpop+jwt\""
            ][..]
        )
        .prop_map(ToOwned::to_owned),
    ]
}

const CLAIMS: &[&str] = &[
    "iss",
    "aud",
    "sub",
    "exp",
    "iat",
    "nbf",
    "sid",
    "org_id",
    "client_id",
    "jti",
    "scope",
    "role",
    "permissions",
    "cnf",
    "nonce",
    "at_hash",
    "urn:x",
    "azp",
    "\\u0061ud",
    "\\u0065xp",
    "e\\u0078p",
];
/// Without those that neither looks at but jsonwebtoken wants in its types (`jwk`, `x5c`, `cty`, …).
const PARAMETERS: &[&str] = &[
    "alg",
    "kid",
    "typ",
    "b64",
    "x",
    "y",
    "\\u0061lg",
    "\\u006bid",
];
const EXTENSIONS: &[&str] = &["crit", "zip"];

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        16 => Just(Damage::None),
        1 => Just(Damage::OtherKey),
        2 => (any::<prop::sample::Index>(), 1..=255_u8).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        1 => (any::<prop::sample::Index>(), select(&['.', '=', 'A', ' ', '+', 'é'][..]))
            .prop_map(|(at, what)| Damage::Insert(at, what)),
        1 => any::<prop::sample::Index>().prop_map(Damage::Cut),
    ]
}

fn token() -> impl Strategy<Value = String> {
    let header = prop_oneof![
        6 => Just(Vec::new()),
        3 => changes(PARAMETERS, header_value()),
        1 => changes(EXTENSIONS, select(&["[\"exp\"]", "\"DEF\"", "null"][..]).prop_map(ToOwned::to_owned)),
    ];
    (header, changes(CLAIMS, any_value()), damage()).prop_map(|(header, claims, damage)| {
        let header = object_of(members_of(&Signer::first().header()), header);
        let payload = object_of(members_of(&super::claims()), claims);
        let signer = if matches!(damage, Damage::OtherKey) {
            Signer::second()
        } else {
            Signer::first()
        };
        let mut token = signer.sign(&header, &payload);
        match damage {
            Damage::None | Damage::OtherKey => {}
            Damage::Flip(at, bits) => {
                let at = at.index(token.len());
                let flipped = char::from(token.as_bytes()[at] ^ bits);
                token.replace_range(at..=at, &flipped.to_string());
            }
            Damage::Insert(at, what) => token.insert(at.index(token.len()), what),
            Damage::Cut(at) => token.truncate(at.index(token.len())),
        }
        token
    })
}

fn second_opinion(token: &str) -> Result<Value, ErrorKind> {
    static KEY: LazyLock<DecodingKey> = LazyLock::new(|| {
        let jwk = serde_json::from_value(Signer::first().jwk()).unwrap();
        DecodingKey::from_jwk(&jwk).unwrap()
    });
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = 30;
    validation.validate_nbf = true;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let decoded = decode::<Value>(token, &KEY, &validation);
    decoded
        .map(|data| data.claims)
        .map_err(|error| error.kind().clone())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 800,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_we_accept_jsonwebtoken_accepts_and_stricter_rules_are_listed(token in token()) {
        let ours = answer(&verifier(), &token);
        let theirs = second_opinion(&token);
        match (ours, theirs) {
            (Ok(session), Ok(claims)) => {
                prop_assert_eq!(session.user_id(), claims["sub"].as_str().unwrap());
                prop_assert_eq!(session.claims::<Value>().unwrap(), claims);
            }
            (Ok(_), Err(kind)) => prop_assert!(false, "accepted, but jsonwebtoken says {:?}", kind),
            (Err(Refusal::Invalid(reason)), Ok(_)) => {
                let listed = stricter().iter().any(|(stricter, ..)| *stricter == reason);
                prop_assert!(listed, "{:?} is no listed rule", reason);
            }
            (Err(Refusal::Expired), theirs) => {
                prop_assert_eq!(theirs.unwrap_err(), ErrorKind::ExpiredSignature);
            }
            (Err(_), Err(_)) => {}
            (Err(refusal), Ok(_)) => prop_assert!(false, "{:?}", refusal),
        }
    }
}

#[test]
fn at_the_very_end_of_the_leeway_we_are_a_second_stricter() {
    loop {
        let before = now();
        let token = Signer::first().token(&claims_with("exp", before.unix - 30));
        let ours = answer_at(&verifier(), &token, &before);
        let theirs = second_opinion(&token);
        if now().unix == before.unix {
            assert_eq!(ours.unwrap_err(), Refusal::Expired);
            assert!(theirs.is_ok());
            break;
        }
    }
}

#[test]
fn every_stricter_rule_is_one() {
    for (reason, why, part, change) in stricter() {
        let [mut header, mut claims] = [Vec::new(), Vec::new()];
        match part {
            Part::Header => header.push(change),
            Part::Claims => claims.push(change),
        }
        let header = object_of(members_of(&Signer::first().header()), header);
        let claims = object_of(members_of(&super::claims()), claims);
        let token = Signer::first().sign(&header, &claims);
        let refusal = answer(&verifier(), &token).unwrap_err();
        assert_eq!(refusal, Refusal::Invalid(reason), "{why}");
        let theirs = second_opinion(&token);
        assert!(theirs.is_ok(), "{why}: {theirs:?}");
    }
}
