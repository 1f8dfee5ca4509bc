//! While AuthKit's keys cannot be had, known ones go on, and who needs others is told to retry, not to sign in anew.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use workos_mcp_emulator::{Emulator, Endpoint, Fault};
use workos_mcp_tests::Logs;

use super::{Site, body};

/// Every way in which the key endpoint can give no keys; `set` is a good key set.
fn outages(set: &Value, elsewhere: &str) -> Vec<(&'static str, Fault)> {
    let set_text = set.to_string();
    let mut padded = set.clone();
    padded["pad"] = json!("x".repeat(64 * 1024));
    let mut server_error = body("application/json", &set_text);
    if let Fault::Body { status, .. } = &mut server_error {
        *status = 500;
    }
    vec![
        ("500", Fault::Status(500)),
        ("500 with keys", server_error),
        ("404", Fault::Status(404)),
        ("204", Fault::Status(204)),
        (
            "429",
            Fault::RetryAfter {
                status: 429,
                seconds: 60,
            },
        ),
        ("reset", Fault::Reset),
        ("stall", Fault::Stall),
        (
            "HTML",
            body("text/html", "<!DOCTYPE html><title>Login</title>"),
        ),
        ("nothing", body("application/json", "")),
        ("an empty object", body("application/json", "{}")),
        ("no keys", body("application/json", r#"{"keys":[]}"#)),
        (
            "keys of another kind",
            body("application/json", r#"{"keys":{}}"#),
        ),
        (
            "cut off",
            body("application/json", &set_text[..set_text.len() - 2]),
        ),
        ("too large", body("application/json", padded.to_string())),
        ("redirected", Fault::Redirect(elsewhere.to_owned())),
        (
            "redirected to itself",
            Fault::Redirect("/oauth2/jwks".to_owned()),
        ),
    ]
}

// Attacks: 83, 84, 85, 86.
#[tokio::test]
async fn while_there_are_no_keys_yet_callers_are_told_to_retry_and_then_let_in() {
    let elsewhere = Emulator::start().await.unwrap();
    let keys_elsewhere = format!("{}/oauth2/jwks", elsewhere.url());
    let emulator = Emulator::start().await.unwrap();
    let set = json!({ "keys": [emulator.signing_key().jwk()] });
    for (name, fault) in outages(&set, &keys_elsewhere) {
        let emulator = Emulator::start().await.unwrap();
        emulator.fault(Endpoint::Jwks, fault);
        let site = Site::of(emulator, |limits| {
            limits.fetch_timeout = Duration::from_millis(200);
        })
        .await;
        let logs = Logs::capture();
        let response = site.call(&site.token()).await;
        assert_eq!(response.status(), 503, "{name}");
        let headers = response.headers();
        let seconds: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{name}: {seconds}");
        assert!(
            !headers.contains_key("www-authenticate"),
            "{name}: a client would sign in anew"
        );
        assert_eq!(headers["cache-control"], "no-store", "{name}");
        let id = headers["x-request-id"].to_str().unwrap().to_owned();
        let error = json!({
            "error": "temporarily_unavailable",
            "error_description": "access tokens cannot be checked right now; retry shortly",
        });
        assert_eq!(response.text().await.unwrap(), error.to_string(), "{name}");
        assert!(logs.lines_with(&id).concat().contains("ERROR"), "{name}");
        assert_eq!(site.entered.load(Ordering::Relaxed), 0, "{name}");

        site.emulator().clear_fault(Endpoint::Jwks);
        site.recovers(name).await;
    }
    assert_eq!(
        elsewhere.requests(Endpoint::Jwks),
        0,
        "the redirect was followed"
    );
}

// Attacks: 83.
#[tokio::test]
async fn a_key_endpoint_that_stalls_holds_a_request_no_longer_than_the_fetch_may_take() {
    let emulator = Emulator::start().await.unwrap();
    emulator.fault(Endpoint::Jwks, Fault::Stall);
    let site = Site::of(emulator, |limits| {
        limits.fetch_timeout = Duration::from_millis(200);
        limits.key_retry = Duration::from_secs(60);
    })
    .await;
    let started = Instant::now();
    let token = site.token();
    let statuses = join_all((0..20).map(|_| site.status(&token))).await;
    assert_eq!(statuses, [503; 20]);
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(
        site.fetches(),
        1,
        "all wait for one fetch, and its failure is remembered"
    );
}

// Attacks: 83, 84, 85, 86.
#[tokio::test]
async fn tokens_of_known_keys_are_accepted_while_the_key_endpoint_is_down() {
    let elsewhere = Emulator::start().await.unwrap();
    let keys_elsewhere = format!("{}/oauth2/jwks", elsewhere.url());
    let site = Site::of(Emulator::start().await.unwrap(), |limits| {
        limits.fetch_timeout = Duration::from_millis(200);
        limits.key_refresh = Duration::ZERO;
    })
    .await;
    site.accepts("at first").await;
    let known = site.token();
    let set = json!({ "keys": [site.emulator().signing_key().jwk()] });
    for (name, fault) in outages(&set, &keys_elsewhere) {
        site.emulator().fault(Endpoint::Jwks, fault);
        site.refreshed().await;
        site.accepts(name).await;
        assert_eq!(
            site.status(&known).await,
            200,
            "{name}: a token seen before"
        );
        let unknown = site.call(&site.token_of("unknown")).await;
        assert_eq!(
            unknown.status(),
            503,
            "{name}: nobody can say that the key is unknown"
        );
        assert!(unknown.headers().contains_key("retry-after"), "{name}");
    }
    site.emulator().clear_fault(Endpoint::Jwks);
    site.refreshed().await;
    assert_eq!(
        site.status(&site.token_of("unknown")).await,
        401,
        "now it can be said"
    );
    assert_eq!(
        elsewhere.requests(Endpoint::Jwks),
        0,
        "the redirect was followed"
    );
}

// Attacks: 81.
#[tokio::test]
async fn keys_are_not_used_for_longer_than_the_outage_may_last() {
    let site = Site::of(Emulator::start().await.unwrap(), |limits| {
        limits.key_refresh = Duration::ZERO;
        limits.key_max_stale = Duration::from_millis(300);
    })
    .await;
    site.recovers("at first").await;
    let known = site.token();
    site.emulator().fault(Endpoint::Jwks, Fault::Status(500));
    for _ in 0..20 {
        if site.status(&known).await == 503 {
            assert_eq!(site.status(&site.token()).await, 503);
            site.emulator().clear_fault(Endpoint::Jwks);
            return site.recovers("after the outage").await;
        }
        site.refreshed().await;
    }
    panic!("the keys are used forever");
}

// Attacks: 83.
#[tokio::test]
async fn a_key_is_not_called_unknown_by_a_fetch_that_failed() {
    let site = Site::start().await;
    site.accepts("before").await;
    site.emulator().fault(Endpoint::Jwks, Fault::Status(500));
    let token = site.token_of("unknown");
    assert_eq!(site.status(&token).await, 503);
    assert_eq!(site.fetches(), 2);
    site.accepts("of the known key").await;
    site.emulator().clear_fault(Endpoint::Jwks);
    assert_eq!(site.status(&token).await, 401);
    assert_eq!(site.fetches(), 3);
}
