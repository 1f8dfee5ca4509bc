//! Programs that sign in as themselves.

use super::*;

const MACHINE: &str = "client_01NIGHTLYREPORT";

fn for_machines() -> Arc<Verifier> {
    verifier_of(VerifierConfig {
        machines: vec![MACHINE.to_owned()],
        ..config()
    })
}

/// The claims of a token that AuthKit would issue to the machine, now.
fn machine_claims() -> Value {
    let now = now().unix;
    json!({
        "iss": ISSUER, "aud": CLIENT_ID, "sub": MACHINE, "client_id": MACHINE, "jti": "01TOKEN",
        "org_id": "org_01ACME", "scope": "reports:read", "exp": now + 300, "iat": now,
    })
}

fn checked(verifier: &Verifier, claims: &Value) -> Result<Principal, Refusal> {
    match verifier.check_at(&Signer::first().token(claims), now()) {
        Check::Verified(principal) => Ok(principal),
        Check::Refused(refusal) => Err(refusal),
        Check::NeedsKeys => Err(Reason::UnknownKey.into()),
    }
}

#[test]
fn a_machine_that_is_listed_is_a_principal_of_its_own() {
    let verifier = for_machines();
    // The second time from memory.
    for _ in 0..2 {
        let Ok(Principal::Machine(machine)) = checked(&verifier, &machine_claims()) else {
            panic!("not taken for a machine");
        };
        assert_eq!(machine.client_id(), MACHINE);
        assert_eq!(machine.organization_id(), Some("org_01ACME"));
        assert!(machine.has_scope("reports:read") && !machine.has_scope("reports"));
    }
}

// Attacks: 72.
#[test]
fn a_machine_that_is_not_listed_is_refused() {
    for claims in [machine_claims(), {
        let mut claims = machine_claims();
        claims["aud"] = json!(AUDIENCE);
        claims
    }] {
        let refused = checked(&verifier(), &claims).unwrap_err();
        assert_eq!(refused, Refusal::Invalid(Reason::NotAUser));
    }
    let mut other = machine_claims();
    other["sub"] = json!("client_01OTHER");
    other["client_id"] = json!("client_01OTHER");
    let refused = checked(&for_machines(), &other).unwrap_err();
    assert_eq!(refused, Refusal::Invalid(Reason::NotAUser));
}

// Attacks: 66, 69, 72.
#[test]
fn the_audience_of_machines_is_good_for_nobody_else() {
    let verifier = for_machines();
    let users = claims_with("aud", CLIENT_ID);
    let refused = checked(&verifier, &users).unwrap_err();
    assert_eq!(refused, Refusal::Invalid(Reason::AudienceIsClientId));
    // Nor is ours good for a machine, to which AuthKit never issues one.
    for audience in [json!(AUDIENCE), json!("client_01OTHER"), json!([AUDIENCE])] {
        let mut claims = machine_claims();
        claims["aud"] = audience;
        let refused = checked(&verifier, &claims).unwrap_err();
        assert_eq!(refused, Refusal::Invalid(Reason::Audience));
    }
}

// Attacks: 72, 73.
#[test]
fn what_is_half_a_machine_is_refused() {
    let verifier = for_machines();
    let with = |name: &str, value: Value| {
        let mut claims = machine_claims();
        claims[name] = value;
        claims
    };
    let mut unnamed = machine_claims();
    unnamed.as_object_mut().unwrap().remove("client_id");
    for (claims, reason) in [
        // Somebody consented to this one, so it is not the machine's own.
        (
            with("sid", json!("app_consent_01ALICE")),
            Reason::NotAMachine,
        ),
        (
            with("client_id", json!("client_01APP")),
            Reason::NotAMachine,
        ),
        (unnamed, Reason::NotAMachine),
        (
            with("sub", json!("user_01ALICE")),
            Reason::AudienceIsClientId,
        ),
        (with("sub", json!("")), Reason::NotAUser),
    ] {
        let refused = checked(&verifier, &claims).unwrap_err();
        assert_eq!(refused, Refusal::Invalid(reason), "{claims}");
    }
}

#[test]
fn a_list_of_machines_lets_no_user_out() {
    let Ok(Principal::User(session)) = checked(&for_machines(), &claims()) else {
        panic!("not taken for a user");
    };
    assert_eq!(session.user_id(), "user_01ALICE");
}
