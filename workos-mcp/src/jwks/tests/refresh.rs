//! What happens to the key set while nobody waits for it.

use tokio::runtime::{Builder, Runtime};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn keys_are_refreshed_before_they_are_old() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    keys.warm_up();
    pass(MINUTE).await;
    assert_eq!(issuer.fetches(), 1);
    issuer.publish(&[Signer::second()]);
    pass(4 * MINUTE).await;
    assert_eq!(issuer.fetches(), 2);
    // Nobody asked for it, and it is there.
    assert!(keys.find(Signer::second().key_id, &now()).is_some());
    assert!(keys.find(Signer::first().key_id, &now()).is_none());
    pass(40 * MINUTE).await;
    assert_eq!(issuer.fetches(), 12);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_retried_ever_more_slowly_and_its_end_is_noticed() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    keys.warm_up();
    pass(MINUTE).await;
    issuer.go_down();
    pass(9 * MINUTE).await;
    // Tries after 0, 1, 3, 7, 15 seconds and then every half minute, for six minutes.
    let tries = issuer.fetches() - 1;
    assert!((14..=18).contains(&tries), "{tries}");
    assert!(keys.find(Signer::first().key_id, &now()).is_some());
    issuer.publish(&[Signer::second()]);
    pass(MINUTE).await;
    assert!(keys.find(Signer::second().key_id, &now()).is_some());
}

// Attacks: 81.
#[tokio::test(start_paused = true)]
async fn the_last_good_keys_last_for_a_day_and_no_longer() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    keys.warm_up();
    pass(MINUTE).await;
    let key = keys.find(Signer::first().key_id, &now()).unwrap();
    issuer.go_down();
    pass((24 * 60 - 2) * MINUTE).await;
    assert!(keys.find(Signer::first().key_id, &now()).is_some());
    assert!(keys.vouches(key.generation(), &now()));
    pass(2 * MINUTE).await;
    assert!(keys.find(Signer::first().key_id, &now()).is_none());
    assert!(!keys.vouches(key.generation(), &now()));
    let missing = keys.bring(Signer::first().key_id).await.unwrap_err();
    assert!(
        matches!(missing, Missing::Unavailable { .. }),
        "{missing:?}"
    );

    issuer.publish(&[Signer::first()]);
    pass(MINUTE).await;
    assert!(keys.vouches(key.generation(), &now()));
}

#[tokio::test(start_paused = true)]
async fn a_set_that_is_found_old_is_used_and_refreshed() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = loaded(&issuer).await;
    // A machine that slept: only the wall clock knows.
    let awake = Now {
        unix: now().unix + 3600,
        ..now()
    };
    for _ in 0..10 {
        assert!(keys.find(Signer::first().key_id, &awake).is_some());
    }
    pass(2 * TRIP).await;
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_with_the_key_set() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    keys.warm_up();
    pass(MINUTE).await;
    let task = keys.lock().refresher.clone().unwrap();
    assert!(!task.is_finished());
    drop(keys);
    tokio::task::yield_now().await;
    assert!(task.is_finished());
    pass(60 * MINUTE).await;
    assert_eq!(issuer.fetches(), 1);
}

#[test]
fn the_task_moves_to_another_runtime_when_its_own_is_gone() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    let first = runtime();
    first.block_on(async { keys.bring(Signer::first().key_id).await.unwrap() });
    drop(first);

    let second = runtime();
    let moved = async {
        issuer.answered.notified().await;
        let later = Now {
            unix: now().unix + 360,
            ..now()
        };
        assert!(keys.find(Signer::first().key_id, &later).is_some());
        issuer.answered.notified().await;
        assert_eq!(issuer.fetches(), 2);
        let task = keys.lock().refresher.clone().unwrap();
        assert!(!task.is_finished());
    };
    second.block_on(async { tokio::time::timeout(MINUTE, moved).await.unwrap() });
}

#[test]
fn a_fetch_that_dies_with_its_runtime_is_made_again() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    let first = runtime();
    first.block_on(async { keys.warm_up() });
    drop(first);
    runtime().block_on(async { keys.bring(Signer::first().key_id).await.unwrap() });
    assert_eq!(issuer.fetches(), 1);
}

#[test]
fn a_fetch_on_a_runtime_that_stands_still_is_given_up() {
    let issuer = Issuer::with(&[Signer::first()]);
    let keys = keys_of(&issuer);
    let standing = runtime();
    standing.block_on(async { keys.warm_up() });
    let paused = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    paused.block_on(async {
        let start = Instant::now();
        keys.bring(Signer::first().key_id).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(7));
    });
    drop(standing);
}

#[test]
fn without_a_runtime_an_old_set_is_used_as_it_is() {
    let keys = KeySet::fixed(&key_set(&[Signer::first().jwk()]), &Limits::default());
    let later = Now {
        unix: now().unix + 360,
        ..now()
    };
    assert!(keys.find(Signer::first().key_id, &later).is_some());
}
