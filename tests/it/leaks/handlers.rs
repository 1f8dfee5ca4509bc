//! What runs behind the guard, and what fails there.

use std::time::Duration;

use rmcp::{ServerHandler, schemars, tool, tool_handler, tool_router};
use serde::Deserialize;
use serde_json::json;
use workos_mcp::{Error, Limits, ProviderBuilder, User, requires_session, session, workos_user};
use workos_mcp_emulator::{Endpoint, Fault};
use workos_mcp_tests::{Logs, Wire, World};

use super::{PLAN, Secrets, echo, telling};

#[derive(Clone)]
struct Desk;

/// Claims of a shape that no token has.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct Other {
    #[serde(rename = "urn:example:plan")]
    _plan: u32,
}

#[tool_router]
impl Desk {
    /// For admins.
    #[requires_session(role = "admin")]
    #[tool]
    async fn administer(&self) -> Result<String, Error> {
        Ok("administered".to_owned())
    }

    /// For who has the scope.
    #[requires_session(scope = "reports:export")]
    #[tool]
    async fn export(&self) -> Result<String, Error> {
        Ok("exported".to_owned())
    }

    /// The signed-in user.
    #[workos_user]
    #[tool]
    async fn me(&self, user: User) -> Result<String, Error> {
        Ok(format!("{user:?}"))
    }

    /// Claims that are not there.
    #[tool]
    async fn claims(&self) -> Result<String, Error> {
        Ok(format!("{:?}", session()?.claims::<Other>()?))
    }

    /// Prints everything there is about a caller.
    #[tool]
    async fn prints(&self) -> Result<String, Error> {
        let session = session()?;
        let all = format!(
            "{session:?} {session:#?} {:?} {:?} {:?} {:?} {:?}",
            workos_mcp::principal()?,
            workos_mcp::user().await,
            workos_mcp::authority().await,
            session.claims::<Other>(),
            workos_mcp::in_context(async {}),
        );
        Ok(all)
    }

    /// Prints what becomes of WorkOS's errors.
    #[tool]
    async fn prints_errors(&self) -> Result<String, Error> {
        let (user, authority) = (workos_mcp::user().await, workos_mcp::authority().await);
        let (user, authority) = (user.unwrap_err(), authority.unwrap_err());
        let told = rmcp::ErrorData::from(user.clone());
        Ok(format!(
            "{user} {user:?} {user:#?} {authority} {authority:?} {told} {told:?}"
        ))
    }

    /// Panics with what it knows.
    #[tool]
    async fn panics(&self) -> Result<String, Error> {
        let email = workos_mcp::user().await?.email.clone();
        assert!(email.is_empty(), "{email} as the test asked");
        Ok(email)
    }
}

#[tool_handler]
impl ServerHandler for Desk {}

fn forgetful(builder: ProviderBuilder) -> ProviderBuilder {
    let mut limits = Limits::default();
    limits.user_failure_ttl = Duration::ZERO;
    limits.authority_failure_ttl = Duration::ZERO;
    builder.limits(limits)
}

async fn desk() -> World {
    World::builder()
        .configure(forgetful)
        .start(|| Ok(Desk))
        .await
}

/// A client of each era, with a token that tells much.
async fn both(world: &World) -> [Wire; 2] {
    let token = telling(world, &world.emulator.ada()).build();
    [
        Wire::modern(world.mcp_url(), &token),
        Wire::legacy(world.mcp_url(), &token).await,
    ]
}

/// From the start of the server to its answers, everybody's log at its most talkative.
// Attacks: 28.
#[tokio::test]
async fn nobody_logs_a_token_or_a_key() {
    let logs = Logs::capture();
    let world = desk().await;
    let mut secrets = Secrets::new(&world);
    for wire in both(&world).await {
        for tool in ["me", "prints", "administer"] {
            let reply = wire.call_tool(tool, json!({})).await;
            assert!(!reply.is_error_result(), "{tool}: {reply:?}");
        }
        let listed = wire.request("tools/list", json!({})).await;
        assert_eq!(listed.status, 200);
        let segments = wire.token.split('.').map(ToOwned::to_owned);
        secrets.credentials.extend(segments);
    }
    assert!(world.emulator.requests(Endpoint::GetUser) > 0);
    assert!(world.emulator.requests(Endpoint::ListMemberships) > 0);
    let text = logs.text();
    // Those who carry tokens and keys do log; of a silent log nothing could be learnt.
    for who in ["rmcp", "hyper", "reqwest", "workos_mcp"] {
        assert!(text.contains(&format!(" {who}")), "{who} logs nothing");
    }
    assert!(
        logs.ours().contains(world.mcp_url()),
        "the start is not logged"
    );
    secrets.are_kept("all of it", &logs, "");
}

// Attacks: 28.
#[tokio::test]
async fn debug_shows_nothing_of_the_caller() {
    let world = desk().await;
    for wire in both(&world).await {
        let logs = Logs::capture();
        for tool in ["prints", "me", "claims"] {
            let reply = wire.call_tool(tool, json!({})).await;
            let secrets = Secrets::new(&world).with(&world, &wire.token);
            secrets.are_kept(tool, &logs, &reply.body.to_string());
        }
        let printed = wire.call_tool("prints", json!({})).await;
        for name in ["Session", "User", "Authority"] {
            assert!(printed.text().contains(name), "{printed:?}");
        }
        let refused = wire.call_tool("claims", json!({})).await;
        assert!(refused.is_error_result(), "{refused:?}");
    }
}

// Attacks: 28.
#[tokio::test]
async fn what_workos_says_in_an_error_goes_no_further() {
    let world = desk().await;
    let ada = world.emulator.ada();
    for status in [400, 401, 403, 404, 422, 429, 500, 200] {
        for endpoint in [
            Endpoint::GetUser,
            Endpoint::ListMemberships,
            Endpoint::ListUserFeatureFlags,
        ] {
            world.emulator.fault(
                endpoint,
                Fault::Body {
                    status,
                    content_type: "application/json".to_owned(),
                    body: echo(&ada),
                },
            );
        }
        for wire in both(&world).await {
            let logs = Logs::capture();
            let name = format!("HTTP {status}");
            let secrets = Secrets::new(&world).with(&world, &wire.token);
            for tool in ["me", "administer"] {
                let reply = wire.call_tool(tool, json!({})).await;
                assert!(reply.is_error_result(), "{name}: {reply:?}");
                secrets.are_kept(&name, &logs, &reply.body.to_string());
            }
            let printed = wire.call_tool("prints_errors", json!({})).await;
            assert!(printed.text().contains("WorkOS"), "{name}: {printed:?}");
            secrets.are_kept(&name, &logs, &printed.body.to_string());
            assert!(logs.ours().contains("cannot be had from WorkOS"), "{name}");
        }
    }
}

// Attacks: 28.
#[tokio::test]
async fn refusals_of_rules_name_rules_only() {
    let world = desk().await;
    let grace = world.emulator.grace();
    let token = telling(&world, &grace)
        .organization(world.emulator.acme())
        .build();
    for wire in [
        Wire::modern(world.mcp_url(), &token),
        Wire::legacy(world.mcp_url(), &token).await,
    ] {
        let secrets = Secrets::new(&world).with(&world, &token);
        for (tool, said) in [
            ("administer", "as if it were not there"),
            ("export", "lacks scopes"),
        ] {
            let logs = Logs::capture();
            let reply = wire.call_tool(tool, json!({})).await;
            assert!(logs.ours().contains(said), "{tool}: {}", logs.ours());
            let told = format!("{:?} {}", reply.headers, reply.body);
            secrets.are_kept(tool, &logs, &told);
        }
    }
}

// Attacks: 28.
#[tokio::test]
async fn a_panic_tells_neither_its_caller_nor_our_log_what_it_was_about() {
    let world = desk().await;
    for wire in both(&world).await {
        let logs = Logs::capture();
        let reply = wire.call_tool("panics", json!({})).await;
        let told = reply.body.to_string();
        assert!(told.contains("the call failed unexpectedly"), "{told}");
        assert!(!told.contains("as the test asked"), "{told}");
        assert!(
            logs.ours().contains("a handler panicked"),
            "{}",
            logs.ours()
        );
        assert!(
            !logs.ours().contains("as the test asked"),
            "{}",
            logs.ours()
        );
        let secrets = Secrets::new(&world).with(&world, &wire.token);
        secrets.are_kept("a panic", &logs, &told);
        assert!(!told.contains(PLAN));
    }
}
