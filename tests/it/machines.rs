//! A machine that is listed may use what asks for no user, with the token that AuthKit gives it for its own credentials.

#![allow(
    clippy::unused_async,
    clippy::unused_self,
    reason = "a tool is an asynchronous method, whether it waits and needs its handler or not"
)]

mod by_hand;
mod reports;
mod rules;

use serde_json::{Value, json};
use workos_mcp::ProviderBuilder;
use workos_mcp_emulator::{Application, Emulator, TokenBuilder};
use workos_mcp_tests::{Logs, Wire, World};

use self::reports::Reports;

const FOR_USERS: &str = "only a signed-in user can use this, and the caller is a machine; call with the access token of a user";

/// The machine of the emulator's environment, listed.
fn listed(emulator: &Emulator) -> impl FnOnce(ProviderBuilder) -> ProviderBuilder + 'static {
    let machine = emulator.machine().unwrap();
    move |builder| builder.machines([machine.id()])
}

async fn reports() -> (World, Reports) {
    let emulator = Emulator::start().await.unwrap();
    let machines = listed(&emulator);
    let handler = Reports::default();
    let served = handler.clone();
    let world = World::builder()
        .emulator(emulator)
        .configure(machines)
        .start(move || Ok(served.clone()))
        .await;
    (world, handler)
}

/// A token of the machine in Acme, minted.
fn minted(world: &World) -> TokenBuilder {
    let machine = world.emulator.machine().unwrap();
    world
        .emulator
        .machine_token(machine.id(), world.emulator.acme())
}

/// A client of each era, with this token.
async fn both(world: &World, token: TokenBuilder) -> [Wire; 2] {
    let token = token.build();
    [
        Wire::modern(world.mcp_url(), &token),
        Wire::legacy(world.mcp_url(), &token).await,
    ]
}

/// What the application signs in for with its own credentials.
async fn signed_in(world: &World, application: &Application, scope: &str) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", application.id()),
        ("client_secret", application.secret().unwrap()),
        ("scope", scope),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let answer = world
        .http
        .post(format!("{}/oauth2/token", world.emulator.issuer()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_machine_that_signs_in_as_itself_calls_what_asks_for_no_user() {
    let emulator = Emulator::builder()
        .custom_scope("reports:read")
        .start()
        .await
        .unwrap();
    let application = Application::machine("Invoices", emulator.acme()).with_scope("reports:read");
    emulator.add_application(application.clone());
    let id = application.id().to_owned();
    let world = World::builder()
        .emulator(emulator)
        .configure(move |builder| builder.machines([id]))
        .start(|| Ok(Reports::default()))
        .await;
    let token = signed_in(&world, &application, "reports:read").await;
    for wire in [
        Wire::modern(world.mcp_url(), &token),
        Wire::legacy(world.mcp_url(), &token).await,
    ] {
        assert_eq!(wire.call_tool("open", json!({})).await.text(), "machine");
        assert_eq!(
            wire.call_tool("whoever", json!({})).await.text(),
            format!(
                "machine {} of {} with reports:read",
                application.id(),
                world.emulator.acme()
            )
        );
        let read = wire.call_tool("read", json!({})).await;
        assert_eq!(read.text(), "read");
    }
}

#[tokio::test]
async fn a_tool_for_any_kind_of_caller_is_a_users_too() {
    let (world, _) = reports().await;
    let ada = world.emulator.ada();
    for wire in [world.modern(&ada), world.legacy(&ada).await] {
        let answer = wire.call_tool("whoever", json!({})).await;
        let start = format!("user {} of {}", ada.id(), world.emulator.acme());
        assert!(answer.text().starts_with(&start), "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_for_users_says_so_and_does_not_run() {
    let (world, reports) = reports().await;
    for wire in both(&world, minted(&world)).await {
        for tool in ["mine", "signed_in", "me", "asks"] {
            let refused = wire.call_tool(tool, json!({})).await;
            assert_eq!(refused.status, 200, "{tool}: {refused:?}");
            assert!(refused.is_error_result(), "{tool}: {refused:?}");
            assert_eq!(refused.text(), FOR_USERS, "{tool}");
        }
    }
    assert_eq!(reports.entered(), 0);
    let user = world.modern(&world.emulator.ada());
    for tool in ["mine", "signed_in", "me", "asks"] {
        let answer = user.call_tool(tool, json!({})).await;
        assert!(!answer.is_error_result(), "{tool}: {answer:?}");
    }
}

// Attacks: 72.
#[tokio::test]
async fn a_machine_that_is_not_listed_is_refused() {
    let (world, reports) = reports().await;
    let acme = world.emulator.acme();
    let other = Application::machine("Another", acme);
    world.emulator.add_application(other.clone());
    let own = signed_in(&world, &other, "").await;
    let token = |token: TokenBuilder| token.build();
    for (name, token) in [
        ("signed in", own),
        (
            "minted",
            token(world.emulator.machine_token(other.id(), acme)),
        ),
        (
            "for our resource",
            token(minted(&world).audience(world.mcp_url())),
        ),
        (
            "for another environment",
            token(minted(&world).audience("client_01OTHER")),
        ),
        (
            "with a consent",
            token(minted(&world).claim("sid", json!("app_consent_01"))),
        ),
        (
            "of a client that is another",
            token(minted(&world).claim("client_id", json!(other.id()))),
        ),
    ] {
        let refused = Wire::modern(world.mcp_url(), &token)
            .call_tool("open", json!({}))
            .await;
        assert_eq!(refused.status, 401, "{name}: {refused:?}");
        assert!(
            refused
                .header("www-authenticate")
                .contains("the access token is not valid for this server"),
            "{name}: {refused:?}"
        );
    }
    // The audience of machines opens nothing to a user.
    let user = world.emulator.token(&world.emulator.ada());
    let user = user.audience(world.emulator.client_id()).build();
    let refused = Wire::modern(world.mcp_url(), &user)
        .call_tool("open", json!({}))
        .await;
    assert_eq!(refused.status, 401);
    assert_eq!(reports.entered(), 0);
}

// Attacks: 72.
#[tokio::test]
async fn without_a_list_no_machine_is_let_in() {
    let world = World::builder().start(|| Ok(Reports::default())).await;
    let application = Application::machine("Unlisted", world.emulator.acme());
    world.emulator.add_application(application.clone());
    let token = signed_in(&world, &application, "").await;
    let refused = Wire::modern(world.mcp_url(), &token)
        .call_tool("open", json!({}))
        .await;
    assert_eq!(refused.status, 401);
}

// Attacks: 4.
#[tokio::test]
async fn a_session_is_the_machines_or_the_users_never_both() {
    let (world, _) = reports().await;
    let ada = world.emulator.ada();
    let of_user = world.legacy(&ada).await;
    let of_machine = Wire::legacy(world.mcp_url(), &minted(&world).build()).await;
    for (owner, other) in [(&of_user, &of_machine), (&of_machine, &of_user)] {
        let mut thief = Wire::modern(world.mcp_url(), &other.token);
        thief.era = owner.era;
        thief.session.clone_from(&owner.session);
        let refused = thief.call_tool("open", json!({})).await;
        assert_eq!(refused.status, 404, "{refused:?}");
        assert_eq!(refused.body, "Not Found: Session not found");
        assert_eq!(owner.call_tool("open", json!({})).await.status, 200);
    }
    // A fresh token of the same machine goes on with the session.
    let mut again = Wire::modern(world.mcp_url(), &minted(&world).build());
    again.era = of_machine.era;
    again.session.clone_from(&of_machine.session);
    assert_eq!(again.call_tool("open", json!({})).await.text(), "machine");
}

#[tokio::test]
async fn the_start_names_the_machines() {
    let logs = Logs::capture();
    let (world, _) = reports().await;
    let machine = world.emulator.machine().unwrap();
    // Whoever is answered comes after the start.
    let user = world.modern(&world.emulator.ada());
    assert_eq!(user.call_tool("open", json!({})).await.text(), "user");
    let line = logs.lines_with("machine-to-machine applications may use this server");
    assert_eq!(line.len(), 1, "{line:?}");
    assert!(line[0].contains(machine.id()), "{line:?}");

    let logs = Logs::capture();
    let world = World::start().await;
    let user = world.modern(&world.emulator.ada());
    assert_eq!(user.call_tool("whoami", json!({})).await.status, 200);
    assert!(logs.lines_with("serving MCP").len() == 1);
    assert!(logs.lines_with("machine-to-machine").is_empty());
}
