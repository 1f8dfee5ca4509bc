//! While WorkOS cannot be asked nobody is let in who was not before, and nobody is told that their key is bad.

use std::time::Duration;

use serde_json::json;
use workos_mcp_emulator::{Endpoint, Fault};
use workos_mcp_tests::{Logs, Reply, Wire};

use super::{
    counter::{PERMISSION, counter_limited},
    key, modern,
};

pub(super) fn assert_is_put_off(name: &str, reply: &Reply, retry_after: &str) {
    assert_eq!(reply.status, 503, "{name}: {reply:?}");
    assert_eq!(
        reply.body,
        json!({
            "error": "temporarily_unavailable",
            "error_description": "access tokens cannot be checked right now; retry shortly",
        }),
        "{name}"
    );
    assert_eq!(reply.header("retry-after"), retry_after, "{name}");
    assert_eq!(reply.header("www-authenticate"), "", "{name}");
}

fn json_body(status: u16, body: &str) -> Fault {
    Fault::Body {
        status,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
    }
}

#[tokio::test]
async fn whatever_is_no_answer_lets_nobody_in() {
    let (world, counter) = counter_limited(|limits| {
        limits.api_timeout = Duration::from_millis(300);
        limits.api_key_failure_ttl = Duration::ZERO;
        limits.api_key_checks = 1000;
    })
    .await;
    let other = json!({ "api_key": {
        "object": "api_key",
        "id": "api_key_01OTHER",
        "owner": { "type": "organization", "id": world.emulator.acme() },
        "name": "Other",
        "obfuscated_value": "sk_...WXYZ",
        "permissions": [PERMISSION],
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
    }});
    let mut no_owner = other.clone();
    no_owner["api_key"]["owner"] = json!({ "type": "planet", "id": "org_x" });
    let mut no_permissions = other.clone();
    no_permissions["api_key"]["permissions"] = json!("mcp:use");
    for (name, fault, said) in [
        ("401", Fault::Status(401), "HTTP 401; check WORKOS_API_KEY"),
        ("403", Fault::Status(403), "HTTP 403; check WORKOS_API_KEY"),
        ("404", Fault::Status(404), "HTTP 404"),
        ("422", json_body(422, r#"{"message":"no"}"#), "HTTP 422"),
        (
            "429",
            Fault::RetryAfter {
                status: 429,
                seconds: 3600,
            },
            "HTTP 429",
        ),
        ("500", Fault::Status(500), "HTTP 500"),
        ("503", Fault::Status(503), "HTTP 503"),
        (
            "302",
            Fault::Redirect(format!("{}/x", world.emulator.url())),
            "HTTP 302",
        ),
        ("an empty answer", Fault::Status(200), "cannot be read"),
        ("a page", json_body(200, "<html>"), "cannot be read"),
        (
            "an owner of no kind",
            json_body(200, &no_owner.to_string()),
            "cannot be read",
        ),
        (
            "odd permissions",
            json_body(200, &no_permissions.to_string()),
            "cannot be read",
        ),
        (
            "another key",
            json_body(200, &other.to_string()),
            "about another key",
        ),
        ("a closed connection", Fault::Reset, "did not answer"),
        ("silence", Fault::Stall, "did not answer"),
    ] {
        world.emulator.fault(Endpoint::ValidateApiKey, fault);
        let logs = Logs::capture();
        let reply = modern(&world, &key(&world))
            .call_tool("open", json!({}))
            .await;
        assert_is_put_off(name, &reply, "1");
        let told = logs.lines_with(said);
        assert!(
            told.iter().any(|line| line.contains("ERROR")),
            "{name}: {}",
            logs.ours()
        );
    }
    assert_eq!(counter.entered(), 0);
    world.emulator.clear_fault(Endpoint::ValidateApiKey);
    let after = modern(&world, &key(&world));
    assert_eq!(after.call_tool("open", json!({})).await.text(), "open");
}

#[tokio::test]
async fn a_known_key_goes_on_through_an_outage_as_long_as_it_is_believed() {
    let (world, _) = counter_limited(|limits| {
        limits.api_key_ttl = Duration::from_secs(2);
        limits.api_key_failure_ttl = Duration::from_millis(50);
        // Who is known needs no leave to be asked about.
        limits.api_key_checks = 1;
    })
    .await;
    let wire = modern(&world, &key(&world));
    assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
    world
        .emulator
        .fault(Endpoint::ValidateApiKey, Fault::Status(500));
    assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
    until_status(&wire, 503).await;
    world.emulator.clear_fault(Endpoint::ValidateApiKey);
    until_status(&wire, 200).await;
}

async fn until_status(wire: &Wire, status: u16) {
    let as_expected = async {
        while wire.call_tool("open", json!({})).await.status != status {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), as_expected)
        .await
        .unwrap_or_else(|_| panic!("it never came to HTTP {status}"));
}

#[tokio::test]
async fn a_failure_is_remembered_so_that_an_outage_is_no_flood() {
    let (world, _) =
        counter_limited(|limits| limits.api_key_failure_ttl = Duration::from_secs(60)).await;
    world
        .emulator
        .fault(Endpoint::ValidateApiKey, Fault::Status(500));
    let wire = modern(&world, &key(&world));
    for _ in 0..5 {
        let reply = wire.call_tool("open", json!({})).await;
        assert_is_put_off("500", &reply, "60");
    }
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 1);
}
