//! Who waits for which fetch, and how many there are.

use super::*;

// Attacks: 78, 82, 89.
#[test]
fn a_bucket_holds_three_and_gets_one_every_thirty_seconds() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut bucket = Bucket::full(start);
    // However long it was full, there are three.
    assert!((0..3).all(|_| bucket.take(at(1000))));
    assert!(!bucket.take(at(1000)));
    assert_eq!(bucket.wait(at(1010)), Duration::from_secs(20));
    assert!(!bucket.take(at(1029)));
    assert_eq!(bucket.wait(at(1030)), Duration::ZERO);
    assert!(bucket.take(at(1030)));
    assert!(!bucket.take(at(1059)));
    assert!(bucket.take(at(1060)));
    // Refilled to three and no further.
    assert!((0..3).all(|_| bucket.take(at(9000))));
    assert!(!bucket.take(at(9000)));
    // Time that runs backwards gives nothing, and breaks nothing.
    assert!(!bucket.take(at(0)));
}

#[tokio::test(start_paused = true)]
async fn the_first_token_waits_for_the_keys_and_the_next_does_not() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    assert!(keys.find(Signer::first().key_id, &now()).is_none());
    let lookup = keys.look_up(Signer::first().key_id, &now());
    assert!(matches!(lookup, Lookup::MayCome));
    assert!(keys.bring(Signer::first().key_id).await.is_ok());
    assert!(keys.find(Signer::first().key_id, &now()).is_some());
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn warming_up_and_the_first_request_share_a_fetch() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    keys.warm_up();
    keys.warm_up();
    assert!(keys.bring(Signer::first().key_id).await.is_ok());
    assert_eq!(issuer.fetches(), 1);
}

#[test]
fn warming_up_outside_of_a_runtime_does_nothing() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    keys.warm_up();
    assert_eq!(issuer.fetches(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_tokens_of_a_new_key_make_one_fetch() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    pass(Duration::from_secs(1)).await;
    issuer.publish(&[Signer::first(), Signer::second()]);
    let waiting: Vec<_> = (0..1000)
        .map(|_| {
            let keys = Arc::clone(&keys);
            tokio::spawn(async move { keys.bring(Signer::second().key_id).await.is_ok() })
        })
        .collect();
    for waiting in waiting {
        assert!(waiting.await.unwrap());
    }
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_joins_a_fetch_too_late_for_its_key_gets_one_of_its_own() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    let early = tokio::spawn({
        let keys = Arc::clone(&keys);
        async move { keys.bring("no such key").await.map(drop) }
    });
    pass(TRIP / 2).await;
    // The issuer has answered that fetch by now, without the key it publishes next.
    issuer.publish(&[Signer::first(), Signer::second()]);
    assert!(keys.bring(Signer::second().key_id).await.is_ok());
    assert_eq!(early.await.unwrap(), Err(Missing::Unknown));
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_unknown_key_ids_costs_three_fetches_and_one_every_thirty_seconds() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    for number in 0..1000 {
        let missing = keys.bring(&format!("unknown {number}")).await.unwrap_err();
        assert_eq!(missing, Missing::Unknown);
    }
    assert_eq!(issuer.fetches(), 1 + 3);
    let lookup = keys.look_up("one more", &now());
    assert!(matches!(lookup, Lookup::Missing(Missing::Unknown)));
    // The key that is known is found all the while.
    assert!(keys.find(Signer::first().key_id, &now()).is_some());

    pass(Duration::from_secs(31)).await;
    for number in 0..100 {
        assert!(keys.bring(&format!("later {number}")).await.is_err());
    }
    assert_eq!(issuer.fetches(), 1 + 3 + 1);
    // And a rotation right after is seen with the next refill.
    issuer.publish(&[Signer::second()]);
    assert!(keys.bring(Signer::second().key_id).await.is_err());
    pass(Duration::from_secs(31)).await;
    assert!(keys.bring(Signer::second().key_id).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_flood_that_comes_at_once_shares_fetches() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    let waiting: Vec<_> = (0..1000)
        .map(|number| {
            let keys = Arc::clone(&keys);
            tokio::spawn(async move { keys.bring(&format!("unknown {number}")).await.map(drop) })
        })
        .collect();
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap(), Err(Missing::Unknown));
    }
    assert!(issuer.fetches() <= 1 + 3, "{}", issuer.fetches());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_id_is_remembered_for_a_while() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    let ttl = Limits::default().unknown_key_id_ttl;
    for _ in 0..10 {
        assert!(keys.bring("unknown").await.is_err());
    }
    assert_eq!(issuer.fetches(), 2);
    pass(ttl).await;
    assert!(keys.bring("unknown").await.is_err());
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_key_id_is_not_unknown_any_more_once_a_fetch_brings_it() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    let second = Signer::second().key_id;
    assert!(keys.bring(second).await.is_err());
    issuer.publish(&[Signer::first(), Signer::second()]);
    assert!(keys.bring(second).await.is_err());
    assert!(keys.bring("another").await.is_err());
    assert!(keys.bring(second).await.is_ok());
    assert!(keys.unknown.get(second).is_none());
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn unknown_key_ids_are_remembered_within_their_bound() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    let waiting: Vec<_> = (0..5000)
        .map(|number| {
            let keys = Arc::clone(&keys);
            tokio::spawn(async move { keys.bring(&format!("unknown {number}")).await.map(drop) })
        })
        .collect();
    for waiting in waiting {
        assert!(waiting.await.unwrap().is_err());
    }
    assert!(keys.unknown.len() <= 1024 + keys.unknown.num_shards());
    assert!(keys.unknown.len() > 500);
}

#[tokio::test(start_paused = true)]
async fn without_keys_nothing_is_known_and_nobody_asks_twice_a_second() {
    let issuer = Issuer::with(&[Signer::first()]);
    issuer.go_down();
    let keys = keys_of(&issuer);
    assert_eq!(keys.bring("any").await.unwrap_err(), unavailable(1));
    for _ in 0..100 {
        assert_eq!(keys.bring("any").await.unwrap_err(), unavailable(1));
        let lookup = keys.look_up("any", &now());
        assert!(matches!(
            lookup,
            Lookup::Missing(Missing::Unavailable { .. })
        ));
    }
    assert_eq!(issuer.fetches(), 1);
    issuer.publish(&[Signer::first()]);
    pass(Duration::from_millis(1001)).await;
    assert!(keys.bring(Signer::first().key_id).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_id_cannot_be_judged_during_an_outage() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    assert_eq!(keys.bring("unknown").await.unwrap_err(), Missing::Unknown);
    issuer.go_down();
    for _ in 0..20 {
        let missing = keys.bring(Signer::second().key_id).await.unwrap_err();
        assert!(
            matches!(missing, Missing::Unavailable { .. }),
            "{missing:?}"
        );
        // Even one that was unknown before: it may have been published since.
        let missing = keys.bring("unknown").await.unwrap_err();
        assert!(
            matches!(missing, Missing::Unavailable { .. }),
            "{missing:?}"
        );
        pass(Duration::from_secs(2)).await;
        assert!(keys.find(Signer::first().key_id, &now()).is_some());
    }
    // Three from the bucket, and one for the time that passed.
    assert!(issuer.fetches() <= 2 + 2 + 1, "{}", issuer.fetches());
}

// Attacks: 84.
#[tokio::test(start_paused = true)]
async fn a_bad_answer_leaves_the_last_good_keys() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    for document in ["", "{}", r#"{"keys":[]}"#, "<html>"] {
        issuer.say(document);
        let missing = keys.bring("unknown").await.unwrap_err();
        assert!(
            matches!(missing, Missing::Unavailable { .. }),
            "{missing:?}"
        );
        assert!(keys.find(Signer::first().key_id, &now()).is_some());
        pass(Duration::from_secs(31)).await;
    }
    assert_eq!(issuer.fetches(), 1 + 4);
}

// Attacks: 83.
#[tokio::test(start_paused = true)]
async fn an_answer_that_never_ends_is_given_up() {
    struct Silent;
    #[async_trait]
    impl Source for Silent {
        async fn fetch(&self) -> Result<Vec<u8>, FetchError> {
            std::future::pending().await
        }
        fn name(&self) -> &'static str {
            "silent"
        }
    }
    let keys = KeySet::from_source(Arc::new(Silent), &Limits::default());
    let start = Instant::now();
    assert_eq!(keys.bring("any").await.unwrap_err(), unavailable(1));
    let waited = start.elapsed();
    assert!(
        waited >= Duration::from_secs(5) && waited < Duration::from_secs(6),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_hangs_up_does_not_end_the_fetch() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    let client = tokio::spawn({
        let keys = Arc::clone(&keys);
        async move { keys.bring(Signer::first().key_id).await.is_ok() }
    });
    pass(TRIP / 2).await;
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    assert!(keys.bring(Signer::first().key_id).await.is_ok());
    assert_eq!(issuer.fetches(), 1);
}

// Attacks: 81.
#[tokio::test(start_paused = true)]
async fn a_kept_key_stays_the_same_and_a_withdrawn_one_counts_no_more() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    let first = keys.find(Signer::first().key_id, &now()).unwrap();

    issuer.publish(&[Signer::first(), Signer::second()]);
    let second = keys.bring(Signer::second().key_id).await.unwrap();
    let kept = keys.find(Signer::first().key_id, &now()).unwrap();
    assert!(Arc::ptr_eq(&first, &kept) && keys.vouches(first.generation(), &now()));

    issuer.publish(&[Signer::second()]);
    assert!(keys.bring("unknown").await.is_err());
    assert!(!keys.vouches(first.generation(), &now()));
    assert!(keys.vouches(second.generation(), &now()));
    assert!(keys.find(Signer::first().key_id, &now()).is_none());

    let mut swapped = Signer::first().jwk();
    swapped["kid"] = json!(Signer::second().key_id);
    issuer.say(&key_set(&[swapped]));
    assert!(keys.bring("another").await.is_err());
    assert!(!keys.vouches(second.generation(), &now()));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_is_overtaken_changes_nothing() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    let late = keys.lock().take_number();
    issuer.publish(&[Signer::second()]);
    keys.bring(Signer::second().key_id).await.unwrap();
    let stale = key_set(&[Signer::first().jwk()]).into_bytes();
    keys.settle(late, now(), Ok(stale));
    assert!(keys.find(Signer::first().key_id, &now()).is_none());
    keys.settle(late, now(), Err(FetchError::TimedOut));
    assert!(keys.lock().failed().is_none());

    let [late, newest] = [(); 2].map(|()| keys.lock().take_number());
    keys.settle(newest, now(), Err(FetchError::TimedOut));
    let second = key_set(&[Signer::second().jwk()]).into_bytes();
    keys.settle(late, now(), Ok(second));
    assert!(keys.lock().failed().is_some());
}
