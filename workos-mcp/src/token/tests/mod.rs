#![allow(clippy::unwrap_used, reason = "a test says what must not fail")]

mod claims;
mod header;
mod issuers;
mod keys;
mod machines;
mod oracle;
mod remembered;
mod stricter;
mod syntax;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{Check, Issuer, Reason, Refusal, Verifier, VerifierConfig};
use crate::{
    Limits, Principal, Session,
    jwks::{KeySet, Now, Signer, key_set},
};

const ISSUER: &str = "https://fearless-network-26.authkit.app";
const AUDIENCE: &str = "https://mcp.example.com/mcp";
const CLIENT_ID: &str = "client_01ENVIRONMENT";

fn config() -> VerifierConfig {
    VerifierConfig {
        audiences: vec![AUDIENCE.to_owned()],
        client_id: Some(CLIENT_ID.to_owned()),
        accept_client_id_audience: false,
        client_ids: None,
        machines: Vec::new(),
        limits: Limits::default(),
    }
}

fn verifier_of(config: VerifierConfig) -> Arc<Verifier> {
    let keys = KeySet::fixed(&key_set(&[Signer::first().jwk()]), &config.limits);
    Verifier::new(config, vec![Issuer::with_keys(ISSUER.into(), keys)])
}

/// The keys of the first issuer.
fn keys(verifier: &Verifier) -> &Arc<KeySet> {
    &verifier.issuers.at(0).unwrap().keys
}

fn verifier() -> Arc<Verifier> {
    verifier_of(config())
}

fn now() -> Now {
    Now::read().unwrap()
}

fn later(seconds: u64) -> Now {
    let now = now();
    Now {
        unix: now.unix + seconds,
        instant: now.instant + Duration::from_secs(seconds),
    }
}

/// The claims of a token that AuthKit would issue for us, now.
fn claims() -> Value {
    let now = now().unix;
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "user_01ALICE", "sid": "app_consent_01ALICE",
        "jti": "01TOKEN", "org_id": "org_01ACME", "client_id": "client_01APP",
        "scope": "openid profile email offline_access", "exp": now + 300, "iat": now,
    })
}

/// Good claims, but for one.
fn claims_with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[name] = value.into();
    claims
}

fn claims_without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn answer(verifier: &Verifier, token: &str) -> Result<Session, Refusal> {
    answer_at(verifier, token, &now())
}

fn answer_at(verifier: &Verifier, token: &str, now: &Now) -> Result<Session, Refusal> {
    match verifier.check_at(token, *now) {
        Check::Verified(Principal::User(session)) => Ok(session),
        Check::Verified(other) => panic!("not a user: {other:?}"),
        Check::Refused(refusal) => Err(refusal),
        Check::NeedsKeys => Err(Reason::UnknownKey.into()),
    }
}

#[track_caller]
fn assert_accepted(claims: &Value) -> Session {
    answer(&verifier(), &Signer::first().token(claims)).unwrap()
}

#[track_caller]
fn assert_refused(claims: &Value, reason: Reason) {
    assert_token_refused(&Signer::first().token(claims), reason);
}

#[track_caller]
fn assert_token_refused(token: &str, reason: Reason) {
    let answer = answer(&verifier(), token);
    assert_eq!(
        answer.unwrap_err(),
        Refusal::Invalid(reason),
        "{token:.200}"
    );
}
