//! AuthKit's own metadata are relayed to clients that look for them here: to the letter, or not at all.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::json;
use workos_mcp::Limits;
use workos_mcp_emulator::{Emulator, Endpoint, Fault};
use workos_mcp_tests::World;

use super::{MIRROR, RESOURCE, document, get, world};

async fn impatient(metadata_ttl: u64, metadata_failure_ttl: u64) -> World {
    world(move |builder| {
        let mut limits = Limits::default();
        limits.metadata_ttl = Duration::from_millis(metadata_ttl);
        limits.metadata_failure_ttl = Duration::from_millis(metadata_failure_ttl);
        limits.fetch_timeout = Duration::from_millis(200);
        builder.limits(limits)
    })
    .await
}

fn fetches(world: &World) -> u64 {
    world
        .emulator
        .requests(Endpoint::AuthorizationServerMetadata)
}

fn fails(world: &World, fault: Fault) {
    world
        .emulator
        .fault(Endpoint::AuthorizationServerMetadata, fault);
}

fn answers(body: impl Into<String>) -> Fault {
    Fault::Body {
        status: 200,
        content_type: "application/json".to_owned(),
        body: body.into(),
    }
}

#[tokio::test]
async fn authkits_metadata_is_relayed_byte_for_byte_and_fetched_once_for_all() {
    let world = World::start().await;
    fails(&world, Fault::Stall);
    let requests = join_all((0..50).map(|_| get(&world, MIRROR)));
    let let_go = async {
        world
            .emulator
            .wait_for_requests(Endpoint::AuthorizationServerMetadata, 1)
            .await;
        world
            .emulator
            .clear_fault(Endpoint::AuthorizationServerMetadata);
    };
    let (responses, ()) = tokio::join!(requests, let_go);
    assert_eq!(fetches(&world), 1);
    let original = format!("{}{MIRROR}", world.emulator.issuer());
    let original = world
        .http
        .get(original)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for response in responses {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=300");
        assert_eq!(response.text().await.unwrap(), original);
    }
    assert_eq!(document(&world, MIRROR).await, original);
    assert_eq!(
        fetches(&world),
        2,
        "one for all of them and one of this test"
    );
}

// Attacks: 13, 86, 87.
#[tokio::test]
async fn a_document_that_is_not_authkits_is_never_relayed() {
    let elsewhere = Emulator::start().await.unwrap();
    let issuer = elsewhere.issuer().to_owned();
    let world = impatient(1000, 0).await;
    let ours = world.emulator.issuer().to_owned();
    let padding = "x".repeat(64 * 1024);
    for (name, fault) in [
        (
            "another issuer",
            answers(json!({ "issuer": issuer, "token_endpoint": issuer }).to_string()),
        ),
        (
            "a slash more",
            answers(json!({ "issuer": format!("{ours}/") }).to_string()),
        ),
        (
            "no issuer",
            answers(json!({ "token_endpoint": issuer }).to_string()),
        ),
        (
            "two issuers",
            answers(format!(r#"{{"issuer":"{issuer}","issuer":"{ours}"}}"#)),
        ),
        ("HTML", answers("<!DOCTYPE html>")),
        ("cut off", answers(format!(r#"{{"issuer":"{ours}""#))),
        (
            "too long",
            answers(json!({ "issuer": ours, "pad": padding }).to_string()),
        ),
        ("a redirect", Fault::Redirect(format!("{issuer}{MIRROR}"))),
        ("an error", Fault::Status(500)),
        ("not found", Fault::Status(404)),
        ("no answer", Fault::Stall),
        ("a closed connection", Fault::Reset),
    ] {
        fails(&world, fault);
        let response = get(&world, MIRROR).await;
        assert_eq!(response.status(), 503, "{name}");
        let seconds: u64 = response.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=60).contains(&seconds), "{name}: {seconds}");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store", "{name}");
        let text = response.text().await.unwrap();
        assert!(
            !text.contains("127.0.0.1") && !text.contains("500"),
            "{name}: {text}"
        );
    }
    assert_eq!(elsewhere.requests(Endpoint::AuthorizationServerMetadata), 0);
    world
        .emulator
        .clear_fault(Endpoint::AuthorizationServerMetadata);
    document(&world, MIRROR).await;
}

#[tokio::test]
async fn a_failure_to_fetch_is_remembered() {
    let world = impatient(1000, 60_000).await;
    fails(&world, Fault::Status(500));
    let responses = join_all((0..20).map(|_| get(&world, MIRROR))).await;
    for response in responses {
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "60");
    }
    world
        .emulator
        .clear_fault(Endpoint::AuthorizationServerMetadata);
    assert_eq!(get(&world, MIRROR).await.status(), 503);
    assert_eq!(fetches(&world), 1);
}

#[tokio::test]
async fn the_last_copy_is_served_while_authkit_cannot_be_asked() {
    let world = impatient(0, 0).await;
    let copy = document(&world, MIRROR).await;
    let stranger = json!({ "issuer": "https://evil.example" }).to_string();
    for fault in [
        Fault::Status(500),
        Fault::Reset,
        Fault::Stall,
        answers(stranger),
    ] {
        fails(&world, fault.clone());
        let asked = fetches(&world) + 2;
        while fetches(&world) < asked {
            assert_eq!(document(&world, MIRROR).await, copy, "{fault:?}");
        }
    }
    let changed = json!({ "issuer": world.emulator.issuer(), "changed": true }).to_string();
    fails(&world, answers(&changed));
    for _ in 0..1000 {
        if document(&world, MIRROR).await == changed {
            return;
        }
    }
    panic!("the copy is never replaced");
}

#[tokio::test]
async fn an_application_that_is_an_authorization_server_itself_can_turn_the_mirror_off() {
    let world = world(|builder| builder.mirror_metadata(false)).await;
    assert_eq!(get(&world, MIRROR).await.status(), 404);
    assert_eq!(fetches(&world), 0);
    document(&world, RESOURCE).await;
}
