//! Several issuers, as while an environment moves to a custom domain.

use super::*;
use crate::jwks::{Issuer as KeyEndpoint, TRIP};

const OLD: &str = "https://old-network-26.authkit.app";

/// `Signer::second` under the key id of the first.
fn impostor() -> Signer {
    Signer::new(Signer::first().key_id)
}

fn fixed(name: &str, signers: &[&Signer]) -> Issuer {
    let keys: Vec<_> = signers.iter().map(|signer| signer.jwk()).collect();
    let keys = KeySet::fixed(&key_set(&keys), &Limits::default());
    Issuer::with_keys(name.into(), keys)
}

/// The main issuer signs with the first signer, the other with `other`.
fn both(other: &Signer) -> Arc<Verifier> {
    let issuers = vec![fixed(ISSUER, &[Signer::first()]), fixed(OLD, &[other])];
    Verifier::new(config(), issuers)
}

fn of(issuer: &str) -> Value {
    claims_with("iss", issuer)
}

// Attacks: 26.
#[test]
fn tokens_of_each_issuer_are_accepted_and_know_whose_they_are() {
    let verifier = both(Signer::second());
    for (issuer, signer) in [(ISSUER, Signer::first()), (OLD, Signer::second())] {
        let token = signer.token(&of(issuer));
        // The second time from memory.
        for _ in 0..2 {
            assert_eq!(answer(&verifier, &token).unwrap().issuer(), issuer);
        }
    }
    assert_eq!(verifier.verified.units(), 2);
    for signer in [Signer::first(), Signer::second()] {
        let refusal = answer(&super::verifier(), &signer.token(&of(OLD))).unwrap_err();
        assert_eq!(refusal, Reason::Issuer.into());
    }
}

// Attacks: 65.
#[test]
fn a_key_of_one_issuer_signs_nothing_of_another_even_under_the_same_id() {
    let impostor = impostor();
    let verifier = both(&impostor);
    // Either key set has a key of this id, and either header has been seen.
    for (issuer, signer) in [(ISSUER, Signer::first()), (OLD, &impostor)] {
        assert!(answer(&verifier, &signer.token(&of(issuer))).is_ok());
    }
    for (issuer, signer) in [(ISSUER, &impostor), (OLD, Signer::first())] {
        for token_id in ["1", "2"] {
            let mut claims = of(issuer);
            claims["jti"] = json!(token_id);
            let refusal = answer(&verifier, &signer.token(&claims)).unwrap_err();
            assert_eq!(refusal, Reason::Signature.into(), "{issuer}");
        }
    }
    assert_eq!(verifier.verified.units(), 2);
}

// Attacks: 64.
#[test]
fn of_several_issuers_none_is_nearly_named() {
    let verifier = both(Signer::second());
    for issuer in [
        "https://old-network-26.authkit.app/",
        "https://OLD-network-26.authkit.app",
        "https://old-network-26.authkit.app.evil.example",
        "https://old-network-26.authkit.app@evil.example",
        "http://old-network-26.authkit.app",
        "https://other.authkit.app",
        "",
    ] {
        for signer in [Signer::first(), Signer::second()] {
            let refusal = answer(&verifier, &signer.token(&of(issuer))).unwrap_err();
            assert_eq!(refusal, Reason::Issuer.into(), "{issuer}");
        }
    }
    for issuer in [json!([ISSUER, OLD]), json!(null), json!(1)] {
        let token = Signer::first().token(&claims_with("iss", issuer));
        let refusal = answer(&verifier, &token).unwrap_err();
        assert_eq!(refusal, Reason::Issuer.into());
    }
    // Two names are no choice.
    let mut twice = of(OLD).to_string();
    twice.insert_str(1, &format!("\"iss\":\"{ISSUER}\","));
    for signer in [Signer::first(), Signer::second()] {
        let token = signer.sign(&signer.header().to_string(), &twice);
        let refusal = answer(&verifier, &token).unwrap_err();
        assert_eq!(refusal, Reason::DuplicateMember.into());
    }
}

/// Both fetched their keys first, so both keys are of the same generation.
// Attacks: 65, 81.
#[test]
fn a_remembered_token_stands_and_falls_with_the_keys_of_its_own_issuer() {
    let impostor = impostor();
    let verifier = both(&impostor);
    let [main, old] = [(ISSUER, Signer::first()), (OLD, &impostor)]
        .map(|(issuer, signer)| signer.token(&of(issuer)));
    for token in [&main, &old] {
        assert!(answer(&verifier, token).is_ok());
    }
    let another = key_set(&[Signer::second().jwk()]);
    let of_old = &verifier.issuers.at(1).unwrap().keys;
    of_old.settle_for_test(&another);
    assert!(answer(&verifier, &main).is_ok());
    assert!(matches!(verifier.check(&old), Check::NeedsKeys));
    assert_eq!(verifier.verified.units(), 1);
    keys(&verifier).settle_for_test(&another);
    assert!(matches!(verifier.check(&main), Check::NeedsKeys));
    assert_eq!(verifier.verified.units(), 0);
}

#[test]
fn a_machine_may_come_from_each() {
    let config = VerifierConfig {
        machines: vec!["client_01NIGHTLYREPORT".to_owned()],
        ..config()
    };
    let issuers = vec![
        fixed(ISSUER, &[Signer::first()]),
        fixed(OLD, &[Signer::second()]),
    ];
    let verifier = Verifier::new(config, issuers);
    for (issuer, signer) in [(ISSUER, Signer::first()), (OLD, Signer::second())] {
        let mut claims = of(issuer);
        claims["aud"] = json!(CLIENT_ID);
        claims["sub"] = json!("client_01NIGHTLYREPORT");
        claims["client_id"] = json!("client_01NIGHTLYREPORT");
        claims.as_object_mut().unwrap().remove("sid");
        let check = verifier.check(&signer.token(&claims));
        let Check::Verified(Principal::Machine(machine)) = check else {
            panic!("not taken for a machine: {check:?}");
        };
        assert_eq!(machine.issuer(), issuer);
    }
}

struct Endpoints {
    main: Arc<KeyEndpoint>,
    old: Arc<KeyEndpoint>,
    verifier: Arc<Verifier>,
}

fn fetched() -> Endpoints {
    let main = KeyEndpoint::with(&[Signer::first()]);
    let old = KeyEndpoint::with(&[Signer::second()]);
    let limits = Limits::default();
    let issuers = [(ISSUER, &main), (OLD, &old)]
        .map(|(name, endpoint)| Issuer::with_keys(name.into(), endpoint.keys(&limits)));
    Endpoints {
        main,
        old,
        verifier: Verifier::new(config(), issuers.into()),
    }
}

// Attacks: 83.
#[tokio::test(start_paused = true)]
async fn while_the_keys_of_one_cannot_be_had_the_tokens_of_the_other_are_good() {
    for down in [ISSUER, OLD] {
        let endpoints = fetched();
        let verifier = &endpoints.verifier;
        let endpoint = if down == ISSUER {
            &endpoints.main
        } else {
            &endpoints.old
        };
        endpoint.go_down();
        for (issuer, signer) in [(ISSUER, Signer::first()), (OLD, Signer::second())] {
            let answer = verifier.verify(&signer.token(&of(issuer))).await;
            if issuer == down {
                let refusal = answer.unwrap_err();
                assert!(matches!(refusal, Refusal::KeysUnavailable { .. }));
            } else {
                assert_eq!(answer.unwrap().issuer(), issuer);
            }
        }
    }
}

// Attacks: 78, 82.
#[tokio::test(start_paused = true)]
async fn a_flood_for_one_leaves_the_other_its_fetches() {
    let endpoints = fetched();
    let verifier = &endpoints.verifier;
    for (issuer, signer) in [(ISSUER, Signer::first()), (OLD, Signer::second())] {
        verifier.verify(&signer.token(&of(issuer))).await.unwrap();
    }
    for number in 0..50 {
        let header = json!({ "alg": "RS256", "kid": format!("flood-{number}") });
        let token = Signer::first().sign(&header.to_string(), &of(OLD).to_string());
        let refusal = verifier.verify(&token).await.unwrap_err();
        assert_eq!(refusal, Reason::UnknownKey.into());
    }
    assert_eq!(endpoints.old.fetches(), 4, "the first one, and the bucket");
    assert_eq!(endpoints.main.fetches(), 1);
    // The other rotates its keys just then.
    endpoints.main.publish(&[Signer::first(), Signer::second()]);
    let rotated = Signer::second().token(&of(ISSUER));
    assert_eq!(verifier.verify(&rotated).await.unwrap().issuer(), ISSUER);
    assert_eq!(endpoints.main.fetches(), 2);
}

// Attacks: 91.
#[tokio::test(start_paused = true)]
async fn a_stranger_to_all_of_them_makes_nobody_fetch() {
    let endpoints = fetched();
    let token = Signer::first().token(&of("https://other.authkit.app"));
    let refusal = endpoints.verifier.verify(&token).await.unwrap_err();
    assert_eq!(refusal, Reason::Issuer.into());
    for endpoint in [&endpoints.main, &endpoints.old] {
        assert_eq!(endpoint.fetches(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_each_are_loaded_at_start() {
    let endpoints = fetched();
    endpoints.verifier.warm_up();
    tokio::time::sleep(2 * TRIP).await;
    for (issuer, signer) in [(ISSUER, Signer::first()), (OLD, Signer::second())] {
        assert!(answer(&endpoints.verifier, &signer.token(&of(issuer))).is_ok());
    }
    for endpoint in [&endpoints.main, &endpoints.old] {
        assert_eq!(endpoint.fetches(), 1);
    }
}
