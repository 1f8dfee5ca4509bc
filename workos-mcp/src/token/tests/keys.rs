//! Tokens whose keys are not at hand.

use proptest::prelude::*;

use super::*;
use crate::jwks::Issuer as KeyEndpoint;

fn verifier_at(issuer: &Arc<KeyEndpoint>) -> Arc<Verifier> {
    let config = config();
    let keys = issuer.keys(&config.limits);
    Verifier::new(config, vec![Issuer::with_keys(ISSUER.into(), keys)])
}

#[tokio::test(start_paused = true)]
async fn the_first_token_is_verified_once_the_keys_are_there() {
    let issuer = KeyEndpoint::with(&[Signer::first()]);
    let verifier = verifier_at(&issuer);
    let token = Signer::first().token(&claims());
    assert!(matches!(verifier.check(&token), Check::NeedsKeys));
    assert!(verifier.verify(&token).await.is_ok());
    assert!(matches!(verifier.check(&token), Check::Verified(_)));
    assert!(verifier.verify(&token).await.is_ok());
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_waited_for_a_key_is_verified_like_everything_else() {
    let issuer = KeyEndpoint::with(&[Signer::first()]);
    for (token, refusal) in [
        (
            Signer::second().sign(&Signer::first().header().to_string(), &claims().to_string()),
            Refusal::Invalid(Reason::Signature),
        ),
        (
            Signer::first().token(&claims_with("aud", CLIENT_ID)),
            Refusal::Invalid(Reason::AudienceIsClientId),
        ),
        (
            Signer::first().token(&claims_with("exp", 1)),
            Refusal::Expired,
        ),
        (
            Signer::second().token(&claims()),
            Refusal::Invalid(Reason::UnknownKey),
        ),
    ] {
        let verifier = verifier_at(&issuer);
        assert_eq!(verifier.verify(&token).await.unwrap_err(), refusal);
    }
}

// Attacks: 83.
#[tokio::test(start_paused = true)]
async fn during_an_outage_a_token_is_neither_good_nor_bad() {
    let issuer = KeyEndpoint::with(&[Signer::first()]);
    issuer.go_down();
    let verifier = verifier_at(&issuer);
    let token = Signer::first().token(&claims());
    let unavailable = Refusal::KeysUnavailable {
        retry_after: Duration::from_secs(1),
    };
    assert_eq!(verifier.verify(&token).await.unwrap_err(), unavailable);
    assert!(matches!(verifier.check(&token), Check::Refused(refusal) if refusal == unavailable));
    issuer.publish(&[Signer::first()]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(verifier.verify(&token).await.is_ok());
}

// Attacks: 35, 91.
#[tokio::test(start_paused = true)]
async fn garbage_and_other_issuers_tokens_make_no_fetch() {
    let issuer = KeyEndpoint::with(&[Signer::first()]);
    let verifier = verifier_at(&issuer);
    let header = Signer::first().header().to_string();
    let token = Signer::first().token(&claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    for (garbage, reason) in [
        ("foo".to_owned(), Reason::Malformed),
        (Signer::first().sign("{}", "{}"), Reason::Algorithm),
        (Signer::first().sign(&header, "x"), Reason::Malformed),
        (Signer::first().sign(&header, "{}"), Reason::Issuer),
        (
            Signer::first().token(&claims_with("exp", "soon")),
            Reason::Expiry,
        ),
        (
            Signer::first().token(&claims_with("iss", "https://other.authkit.app")),
            Reason::Issuer,
        ),
        (format!("{signed}.={signature}"), Reason::Malformed),
        (format!("{signed}.{}", "A".repeat(2000)), Reason::Signature),
    ] {
        let refusal = verifier.verify(&garbage).await.unwrap_err();
        assert_eq!(refusal, Refusal::Invalid(reason), "{garbage:.200}");
    }
    assert_eq!(issuer.fetches(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_bad_signature_makes_no_fetch() {
    let issuer = KeyEndpoint::with(&[Signer::first()]);
    let verifier = verifier_at(&issuer);
    verifier.warm_up();
    verifier
        .verify(&Signer::first().token(&claims()))
        .await
        .unwrap();
    let header = Signer::first().header().to_string();
    for number in 0..10 {
        let claims = claims_with("jti", format!("{number}")).to_string();
        let forged = Signer::second().sign(&header, &claims);
        let refusal = verifier.verify(&forged).await.unwrap_err();
        assert_eq!(refusal, Reason::Signature.into());
    }
    assert_eq!(issuer.fetches(), 1);
}

// Attacks: 79.
#[tokio::test(start_paused = true)]
async fn tokens_of_a_new_key_are_accepted_as_soon_as_it_is_published() {
    let issuer = KeyEndpoint::with(&[Signer::first()]);
    let verifier = verifier_at(&issuer);
    let old = Signer::first().token(&claims());
    verifier.verify(&old).await.unwrap();
    issuer.publish(&[Signer::first(), Signer::second()]);
    verifier
        .verify(&Signer::second().token(&claims()))
        .await
        .unwrap();
    assert!(matches!(verifier.check(&old), Check::Verified(_)));
    issuer.publish(&[Signer::second()]);
    tokio::time::sleep(Duration::from_secs(5 * 60)).await;
    let check = verifier.check(&old);
    assert!(!matches!(check, Check::Verified(_)), "{check:?}");
}

// Attacks: 80.
#[tokio::test(start_paused = true)]
async fn a_thousand_requests_at_once_are_all_accepted_after_one_fetch() {
    let issuer = KeyEndpoint::with(&[Signer::first()]);
    let verifier = verifier_at(&issuer);
    let token: Arc<str> = Signer::first().token(&claims()).into();
    let requests: Vec<_> = (0..1000)
        .map(|_| {
            let (verifier, token) = (Arc::clone(&verifier), Arc::clone(&token));
            tokio::spawn(async move { verifier.verify(&token).await.is_ok() })
        })
        .collect();
    for request in requests {
        assert!(request.await.unwrap());
    }
    assert_eq!(issuer.fetches(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_comes_is_answered(token in ".{0,200}", segments in "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}") {
        for token in [token, segments] {
            let check = verifier().check(&token);
            prop_assert!(matches!(check, Check::Refused(Refusal::Invalid(_))), "{:?}", check);
        }
    }
}
