//! What holds of whatever a stranger presents as a token.
#![allow(
    clippy::unwrap_used,
    reason = "what must not fail is what is checked here"
)]

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::{
    Check, Issuer, Verifier, VerifierConfig, compact, compact::Compact, header::Header,
    rules::Rules,
};
use crate::{
    Limits, Principal,
    jwks::{KEY_ID_BYTES, KeySet, Now},
};

const ISSUER: &str = "https://fearless-network-26.authkit.app";
const AUDIENCE: &str = "https://mcp.example.com/mcp";

/// A key set whose private key nobody has any more.
const KEY_SET: &str = concat!(
    r#"{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"sso_oidc_key_pair_01FIRST","e":"AQAB","n":""#,
    "m1Ls-RUzmfHtV6FWSK5MHxukNH_nvtM1OKBgKYEF11f9jbJkSFacshNXA6E30iH8qx6Vv4nZm5iz1vGzOVrYLD-",
    "n4Zx1FADRl_vcKGyRFaO3fC5ix-",
    "BaWg2Jdh01HSAMpjDDJoCi2AAksfeOQU8OzoiBkGhHcgjKb8D7143fvqVk-t4ulhOEw4qSbdqb4XLBMzHvj_viNb-",
    "nuqxBcgBAQ4_qF0ss71Mj9n3ubbTVBWZHObAJDl8wr9D6tuNiBVGZxSILcmg8IFmhBEDe-",
    "eF7Xfqp6V7uXJZK6j7eaNhV_G_IsP4jMsSUcZvVUCsXeVH9wG1CslRgqa9uodpwrlc30Q",
    r#""}]}"#,
);

/// When the tokens of the seeds are good.
const NOW: u64 = 1_800_000_000;
const LEEWAY: u64 = 30;

/// A token that nobody signed, in whatever shape.
pub(crate) fn token(input: &[u8]) {
    let Ok(token) = std::str::from_utf8(input) else {
        return;
    };
    let check = verifier().check(token);
    assert!(!matches!(check, Check::Verified(_)), "{token:?}");
    if let Ok(compact) = Compact::split(token) {
        for segment in [compact.header, compact.payload] {
            if let Ok(text) = compact::decode_text(segment) {
                // There is one spelling of a text.
                assert_eq!(encoded(&text), segment);
            }
        }
        let signed = format!("{}.{}", compact.header, compact.payload);
        assert_eq!(compact.signed, signed);
    } else {
        assert!(token.matches('.').count() < 2 || token.split('.').any(str::is_empty));
    }
}

/// A JOSE header, already decoded.
pub(crate) fn token_header(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(key_id) = Header::key_id(text) else {
        return;
    };
    let header = object(text);
    assert_eq!(header["alg"], "RS256");
    assert_eq!(header["kid"], *key_id);
    assert!((1..=KEY_ID_BYTES).contains(&key_id.len()));
    for extension in ["crit", "b64", "zip"] {
        assert!(!header.contains_key(extension), "{text}");
    }
}

/// Claims whose signature verified.
pub(crate) fn token_claims(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Some(mut now) = Now::read() else { return };
    now.unix = NOW;
    let Ok((Principal::User(session), _)) = rules().accept(text.into(), issuer(), &now) else {
        return;
    };
    let claims = object(text);
    // What was verified is what a tool reads.
    let read: Map<_, _> = session.claims().unwrap();
    assert_eq!(read, claims);
    assert_eq!(claims["iss"], ISSUER);
    assert!(match &claims["aud"] {
        Value::Array(audiences) => audiences.iter().any(|audience| audience == AUDIENCE),
        audience => audience == AUDIENCE,
    });
    let subject = claims["sub"].as_str().unwrap();
    assert_eq!(session.user_id(), subject);
    assert!(subject.starts_with("user_") && !subject.contains(char::is_control));
    assert!(claims["exp"].as_u64().unwrap() + LEEWAY > NOW);
    assert!(claims["iat"].as_u64().unwrap() <= NOW + LEEWAY);
    assert!(
        claims
            .get("nbf")
            .is_none_or(|start| start.as_u64().unwrap() <= NOW + LEEWAY)
    );
    for proof in ["cnf", "nonce", "at_hash"] {
        assert!(!claims.contains_key(proof), "{text}");
    }
    for (name, known) in [
        ("sid", session.session_id()),
        ("org_id", session.organization_id()),
        ("client_id", session.client_id()),
    ] {
        assert_eq!(claims.get(name).map(|id| id.as_str().unwrap()), known);
        assert!(known.is_none_or(|id| !id.is_empty() && !id.contains(char::is_control)));
    }
    assert_ne!(session.client_id(), Some(subject));
    let scopes: Vec<_> = session.scopes().collect();
    let granted = claims
        .get("scope")
        .map_or("", |scope| scope.as_str().unwrap());
    assert!(
        granted
            .split(' ')
            .filter(|scope| !scope.is_empty())
            .eq(scopes)
    );
}

/// A second reader of the same text.
fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap()
}

fn encoded(text: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(text)
}

fn config() -> VerifierConfig {
    VerifierConfig {
        audiences: vec![AUDIENCE.to_owned()],
        client_id: None,
        accept_client_id_audience: false,
        client_ids: None,
        machines: Vec::new(),
        limits: Limits::default(),
    }
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| Rules::new(config()))
}

fn issuer() -> &'static Issuer {
    static ISSUER_OF_RULES: OnceLock<Issuer> = OnceLock::new();
    ISSUER_OF_RULES.get_or_init(with_keys)
}

fn with_keys() -> Issuer {
    Issuer::with_keys(ISSUER.into(), KeySet::fixed(KEY_SET, &Limits::default()))
}

fn verifier() -> &'static Verifier {
    static VERIFIER: OnceLock<Arc<Verifier>> = OnceLock::new();
    VERIFIER.get_or_init(|| Verifier::new(config(), vec![with_keys()]))
}
