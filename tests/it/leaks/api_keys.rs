//! API keys of callers: not in anybody's log, whatever becomes of them.

use std::time::Duration;

use rmcp::{ServerHandler, tool, tool_handler, tool_router};
use serde_json::json;
use workos_mcp::{Error, Limits, Principal, principal};
use workos_mcp_emulator::{ApiKey, Endpoint, Fault};
use workos_mcp_tests::{Logs, Wire, World};

use super::Secrets;

const NAME: &str = "The build server of the countess";

#[derive(Clone)]
struct Desk;

#[tool_router]
impl Desk {
    /// Prints everything there is about a caller.
    #[tool]
    async fn prints(&self) -> Result<String, Error> {
        let caller = principal()?;
        let Principal::ApiKey(key) = &caller else {
            return Ok("not a key".to_owned());
        };
        assert_eq!(key.name(), NAME);
        Ok(format!(
            "{caller:?} {caller:#?} {key:?} {:?} {:?} {:?}",
            workos_mcp::session(),
            workos_mcp::user().await,
            workos_mcp::authority().await,
        ))
    }
}

#[tool_handler]
impl ServerHandler for Desk {}

async fn desk() -> World {
    World::builder()
        .configure(|builder| {
            let mut limits = Limits::default();
            limits.api_key_failure_ttl = Duration::ZERO;
            limits.api_key_checks = 1000;
            builder.api_keys("mcp:use").limits(limits)
        })
        .start(|| Ok(Desk))
        .await
}

fn key(world: &World) -> ApiKey {
    let key = ApiKey::of_user(world.emulator.ada().id(), world.emulator.acme(), NAME);
    world.emulator.add_api_key(key.with_permission("mcp:use"))
}

/// With the key, and all that is told of it.
fn secrets(world: &World, key: &ApiKey) -> Secrets {
    let mut secrets = Secrets::new(world).with(world, key.value());
    secrets
        .personal
        .extend([NAME.to_owned(), key.id().to_owned()]);
    secrets
}

// Attacks: 28.
#[tokio::test]
async fn nobody_logs_a_key_that_is_let_in() {
    let logs = Logs::capture();
    let world = desk().await;
    let key = key(&world);
    for wire in [
        Wire::modern(world.mcp_url(), key.value()),
        Wire::legacy(world.mcp_url(), key.value()).await,
    ] {
        let printed = wire.call_tool("prints", json!({})).await;
        for name in ["ApiKey", "NotAUser", "Authority"] {
            assert!(printed.text().contains(name), "{printed:?}");
        }
        secrets(&world, &key).are_kept("let in", &logs, &printed.body.to_string());
    }
    assert_eq!(world.emulator.requests(Endpoint::ValidateApiKey), 1);
    // Those who carry keys do log; of a silent log nothing could be learnt.
    let text = logs.text();
    for who in ["rmcp", "hyper", "reqwest", "workos_mcp"] {
        assert!(text.contains(&format!(" {who}")), "{who} logs nothing");
    }
    let announced = logs.lines_with("API keys of WorkOS with this permission");
    assert!(
        announced.len() == 1 && announced[0].contains("mcp:use"),
        "{}",
        logs.ours()
    );
}

// Attacks: 28.
#[tokio::test]
async fn a_key_that_is_refused_is_not_repeated() {
    let world = desk().await;
    let unknown = ApiKey::of_organization(world.emulator.acme(), NAME);
    let useless = world
        .emulator
        .add_api_key(unknown.clone().with_value("sk_0123456789abcdefghij"));
    let own = ApiKey::of_organization(world.emulator.acme(), NAME);
    let own = own.with_value(world.emulator.api_key());
    for (name, key, said) in [
        ("unknown", &unknown, "knows no such key"),
        (
            "without the permission",
            &useless,
            "was not given the permission",
        ),
        ("our own", &own, "this server's own `api_key`"),
    ] {
        let logs = Logs::capture();
        let reply = Wire::modern(world.mcp_url(), key.value())
            .call_tool("prints", json!({}))
            .await;
        assert_eq!(reply.status, 401, "{name}");
        assert!(logs.ours().contains(said), "{name}: {}", logs.ours());
        let told = format!("{:?} {}", reply.headers, reply.body);
        secrets(&world, key).are_kept(name, &logs, &told);
    }
}

// Attacks: 28.
#[tokio::test]
async fn what_workos_says_of_a_key_goes_no_further() {
    let world = desk().await;
    for status in [400, 401, 403, 404, 422, 429, 500, 200] {
        let key = key(&world);
        let echo = json!({
            "message": format!("{} of {NAME} is no good", key.value()),
            "code": key.value(),
            "error": key.value(),
            "error_description": NAME,
            "errors": [{ "code": key.value(), "message": key.id() }],
            "api_key": { "id": key.value(), "name": NAME },
        });
        let fault = Fault::Body {
            status,
            content_type: "application/json".to_owned(),
            body: echo.to_string(),
        };
        world.emulator.fault(Endpoint::ValidateApiKey, fault);
        let logs = Logs::capture();
        let reply = Wire::modern(world.mcp_url(), key.value())
            .call_tool("prints", json!({}))
            .await;
        assert_eq!(reply.status, 503, "{status}");
        let name = format!("HTTP {status}");
        assert!(
            logs.ours().contains("an API key cannot be checked"),
            "{name}: {}",
            logs.ours()
        );
        let told = format!("{:?} {}", reply.headers, reply.body);
        secrets(&world, &key).are_kept(&name, &logs, &told);
    }
}
