//! Strangers have WorkOS asked no more often than the budget says, and wait for their turn within it.

use std::time::{Duration, Instant};

use futures_util::{
    StreamExt,
    stream::{self, FuturesUnordered},
};
use serde_json::json;
use workos_mcp_emulator::{Endpoint, Fault};
use workos_mcp_tests::Wire;

use super::{counter::counter_limited, key, modern, outages::assert_is_put_off};

/// Keys that nobody made.
fn junk(number: u32) -> String {
    format!("sk_{number:032}")
}

#[tokio::test]
async fn a_flood_of_junk_reaches_workos_no_more_than_its_budget_and_keeps_no_known_key_out() {
    const TTL: Duration = Duration::from_millis(200);
    const BUDGET: u32 = 10;
    let (world, _) = counter_limited(|limits| {
        limits.api_key_ttl = TTL;
        limits.api_timeout = Duration::from_secs(1);
    })
    .await;
    let known = modern(&world, &key(&world));
    assert_eq!(known.call_tool("open", json!({})).await.text(), "open");

    let began = Instant::now();
    let mut answers = [0; 2];
    let mut number = 0;
    // Long enough for the known key to be asked about again while the flood goes on.
    while number < 500 || began.elapsed() < TTL * 5 {
        let wave = (number..number + 100).map(|number| {
            let world = &world;
            async move {
                let request = world.call().bearer_auth(junk(number));
                request.send().await.unwrap()
            }
        });
        number += 100;
        let mut wave = stream::iter(wave).buffer_unordered(50);
        while let Some(answer) = wave.next().await {
            match answer.status().as_u16() {
                401 => answers[0] += 1,
                503 => {
                    assert_eq!(answer.headers()["retry-after"], "1");
                    answers[1] += 1;
                }
                status => panic!("HTTP {status}"),
            }
        }
        let reply = known.call_tool("open", json!({})).await;
        assert_eq!(reply.text(), "open", "the known key");
    }
    let seconds = began.elapsed().as_secs_f64();
    let asked = u32::try_from(world.emulator.requests(Endpoint::ValidateApiKey)).unwrap();
    let of_the_known = (seconds / TTL.as_secs_f64()).ceil() + 1.0;
    let of_junk = f64::from(BUDGET) * (seconds + 1.0);
    assert!(
        f64::from(asked) <= of_the_known + of_junk,
        "{asked} requests in {seconds} seconds"
    );
    assert!(
        answers[0] >= BUDGET && answers[1] > answers[0],
        "{answers:?} were refused and put off"
    );
    // What was put off is not remembered.
    let later = Wire::modern(world.mcp_url(), key(&world).value());
    let until_let_in = async {
        while later.call_tool("open", json!({})).await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), until_let_in)
        .await
        .expect("after the flood a new key is let in");
}

#[tokio::test]
async fn a_server_that_asks_about_no_strangers_lets_no_new_key_in() {
    let (world, _) = counter_limited(|limits| limits.api_key_checks = 0).await;
    let reply = modern(&world, &key(&world))
        .call_tool("open", json!({}))
        .await;
    assert_eq!(reply.status, 503, "{reply:?}");
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 0);
}

/// More than may be asked about at once, and no more than can be in time.
#[tokio::test]
async fn a_new_key_that_comes_after_a_burst_of_junk_waits_for_its_turn() {
    const BUDGET: usize = 10;
    const TURNS: usize = 15;
    let (world, _) = counter_limited(|_| ()).await;
    let began = Instant::now();
    let junk = (0..).take(BUDGET + TURNS).map(|number| {
        let request = world.call().bearer_auth(junk(number));
        tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
    });
    let junk: Vec<_> = junk.collect();
    world
        .emulator
        .wait_for_requests(Endpoint::ValidateApiKey, BUDGET.try_into().unwrap())
        .await;
    let late = modern(&world, &key(&world));
    assert_eq!(late.call_tool("open", json!({})).await.text(), "open");
    for one in junk {
        assert_eq!(one.await.unwrap(), 401);
    }
    // One after another, none too early.
    assert_eq!(
        world.emulator.requests(Endpoint::ValidateApiKey),
        u64::try_from(BUDGET + TURNS + 1).unwrap()
    );
    let turns = u32::try_from(TURNS + 1).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(100) * turns);
}

/// As long as a question is out it counts, so a WorkOS that hangs is not asked by everybody at once.
#[tokio::test]
async fn a_workos_that_hangs_is_asked_by_no_more_than_the_budget_at_once() {
    const BUDGET: usize = 3;
    const WAIT: u64 = 10;
    const TOO_MANY: usize = 5;
    let (world, counter) = counter_limited(|limits| {
        limits.api_key_checks = 3;
        limits.api_timeout = Duration::from_secs(WAIT);
    })
    .await;
    world.emulator.fault(Endpoint::ValidateApiKey, Fault::Stall);
    let waiting = BUDGET * usize::try_from(WAIT).unwrap();
    let mut calls: FuturesUnordered<_> = (0..BUDGET + waiting + TOO_MANY)
        .map(|_| {
            let wire = modern(&world, &key(&world));
            async move { wire.call_tool("open", json!({})).await }
        })
        .collect();
    for _ in 0..TOO_MANY {
        let reply = calls.next().await.unwrap();
        assert_is_put_off("more than can wait", &reply, "1");
    }
    world
        .emulator
        .wait_for_requests(Endpoint::ValidateApiKey, 3)
        .await;
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 3);
    world.emulator.clear_fault(Endpoint::ValidateApiKey);
    // Those who were asked about, and the first who waited.
    for _ in 0..BUDGET * 2 {
        assert_eq!(calls.next().await.unwrap().text(), "open");
    }
    assert!(counter.entered() >= BUDGET * 2);
}
