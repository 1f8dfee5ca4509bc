//! Tokens that were verified before.

use super::*;
use crate::token::cache::VerifiedTokens;

// Attacks: 90.
#[test]
fn every_cache_has_a_secret_of_its_own() {
    let [one, other] = [VerifiedTokens::new(10), VerifiedTokens::new(10)];
    assert!(one.tag(b"token") == one.tag(b"token"));
    assert!(one.tag(b"token") != other.tag(b"token"));
}

// Attacks: 90.
#[test]
fn a_verified_token_is_remembered_and_a_refused_one_is_not() {
    let verifier = verifier();
    let expired = Signer::first().token(&claims_with("exp", 1));
    assert!(answer(&verifier, &expired).is_err());
    assert_eq!(verifier.verified.units(), 0);
    let token = Signer::first().token(&claims());
    let first = answer(&verifier, &token).unwrap();
    assert_eq!(verifier.verified.units(), 1);
    let second = answer(&verifier, &token).unwrap();
    assert_eq!(verifier.verified.units(), 1);
    assert_eq!(first, second);
}

// Attacks: 89, 90.
#[test]
fn a_remembered_token_expires_on_time() {
    let verifier = verifier();
    let token = Signer::first().token(&claims_with("exp", now().unix + 10));
    assert!(answer(&verifier, &token).is_ok());
    assert!(answer_at(&verifier, &token, &later(38)).is_ok());
    assert_eq!(verifier.verified.units(), 1);
    let refusal = answer_at(&verifier, &token, &later(41)).unwrap_err();
    assert_eq!(refusal, Refusal::Expired);
    assert_eq!(verifier.verified.units(), 0);
}

// Attacks: 89.
#[test]
fn a_wall_clock_that_is_set_back_breaks_nothing() {
    let verifier = verifier();
    let token = Signer::first().token(&claims());
    assert!(answer(&verifier, &token).is_ok());
    let past = Now { unix: 0, ..now() };
    // Remembered, so its start is not looked at again; never seen, it would not have begun.
    assert!(answer_at(&verifier, &token, &past).is_ok());
    let other = Signer::first().token(&claims_with("jti", "01OTHER"));
    let refusal = answer_at(&verifier, &other, &past).unwrap_err();
    assert_eq!(refusal, Reason::IssuedInFuture.into());
}

// Attacks: 81, 90.
#[test]
fn a_withdrawn_key_takes_its_remembered_tokens_along() {
    let verifier = verifier();
    let token = Signer::first().token(&claims());
    assert!(answer(&verifier, &token).is_ok());

    let both = key_set(&[Signer::first().jwk(), Signer::second().jwk()]);
    keys(&verifier).settle_for_test(&both);
    assert_eq!(verifier.verified.units(), 1);
    assert!(answer(&verifier, &token).is_ok());

    keys(&verifier).settle_for_test(&key_set(&[Signer::second().jwk()]));
    let check = verifier.check(&token);
    assert!(matches!(check, Check::NeedsKeys), "{check:?}");
    assert_eq!(verifier.verified.units(), 0);
}

// Attacks: 90.
#[test]
fn another_key_under_the_same_id_takes_remembered_tokens_along() {
    let verifier = verifier();
    let token = Signer::first().token(&claims());
    assert!(answer(&verifier, &token).is_ok());
    let mut jwk = Signer::second().jwk();
    jwk["kid"] = json!(Signer::first().key_id);
    keys(&verifier).settle_for_test(&key_set(&[jwk]));
    let refusal = answer(&verifier, &token).unwrap_err();
    assert_eq!(refusal, Reason::Signature.into());
}

// Attacks: 81, 89.
#[test]
fn keys_that_are_too_old_verify_nothing_and_keep_no_token() {
    let verifier = verifier();
    let now = now();
    let token = Signer::first().token(&claims_with("exp", now.unix + 1_000_000));
    assert!(answer(&verifier, &token).is_ok());
    assert!(answer_at(&verifier, &token, &later(24 * 3600 - 60)).is_ok());
    // By the monotonic clock alone, and by the wall clock alone.
    for too_late in [
        Now {
            unix: now.unix,
            ..later(24 * 3600)
        },
        Now {
            instant: now.instant,
            ..later(24 * 3600)
        },
    ] {
        let check = verifier.check_at(&token, too_late);
        assert!(matches!(check, Check::NeedsKeys), "{check:?}");
        assert_eq!(verifier.verified.units(), 0);
        assert!(answer(&verifier, &token).is_ok());
    }
}

#[test]
fn what_is_remembered_is_bounded_by_the_size_of_the_claims() {
    let mut config = config();
    config.limits.verified_tokens = 100;
    let verifier = verifier_of(config);
    let token = Signer::first().token(&claims_with("filler", "x".repeat(3000)));
    assert!(answer(&verifier, &token).is_ok());
    assert_eq!(verifier.verified.units(), 4);
    for number in 0..120 {
        let claims = claims_with("filler", format!("{number}{}", "x".repeat(3000)));
        assert!(answer(&verifier, &Signer::first().token(&claims)).is_ok());
        assert!(
            verifier.verified.units() <= 108,
            "{}",
            verifier.verified.units()
        );
    }
    assert!(verifier.verified.units() >= 50);
}

#[test]
fn nothing_is_remembered_with_a_limit_of_none() {
    let mut config = config();
    config.limits.verified_tokens = 0;
    let verifier = verifier_of(config);
    let token = Signer::first().token(&claims());
    for _ in 0..2 {
        assert!(answer(&verifier, &token).is_ok());
        assert_eq!(verifier.verified.units(), 0);
    }
}

// Attacks: 90.
#[test]
fn a_header_seen_before_is_no_excuse_for_another() {
    let verifier = verifier();
    let sign = |signer: &Signer, header: &Value, token_id: &str| {
        signer.sign(
            &header.to_string(),
            &claims_with("jti", token_id).to_string(),
        )
    };
    let first = Signer::first();
    let header = first.header();
    assert!(answer(&verifier, &sign(first, &header, "1")).is_ok());
    assert!(answer(&verifier, &sign(first, &header, "2")).is_ok());
    let refusal = answer(&verifier, &sign(Signer::second(), &header, "3")).unwrap_err();
    assert_eq!(refusal, Reason::Signature.into());

    let mut typed = header.clone();
    typed["typ"] = json!("at+jwt");
    assert!(answer(&verifier, &sign(first, &typed, "4")).is_ok());
    typed["typ"] = json!("dpop+jwt");
    let refusal = answer(&verifier, &sign(first, &typed, "5")).unwrap_err();
    assert_eq!(refusal, Reason::Type.into());

    // The header outlives neither its key nor the key's age.
    keys(&verifier).settle_for_test(&key_set(&[Signer::second().jwk()]));
    let check = verifier.check(&sign(first, &header, "6"));
    assert!(matches!(check, Check::NeedsKeys), "{check:?}");
}
