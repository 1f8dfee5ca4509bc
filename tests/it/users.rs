//! `user()` and `client()`: the WorkOS API through the official SDK, remembered, shared and bounded in time.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use workos_mcp::{Limits, ProviderBuilder, user};
use workos_mcp_emulator::{Emulator, Endpoint, Fault};
use workos_mcp_tests::{Tools, World};

async fn world_with(change: impl FnOnce(&mut Limits) + 'static) -> World {
    World::builder()
        .configure(|builder| {
            let mut limits = Limits::default();
            change(&mut limits);
            builder.limits(limits)
        })
        .start(|| Ok(Tools::default()))
        .await
}

async fn without(change: impl FnOnce(ProviderBuilder) -> ProviderBuilder + 'static) -> World {
    World::builder()
        .configure(change)
        .start(|| Ok(Tools::default()))
        .await
}

#[tokio::test]
async fn user_is_the_signed_in_user_loaded_once() {
    let world = World::start().await;
    let (ada, grace) = (world.emulator.ada(), world.emulator.grace());
    for _ in 0..3 {
        assert_eq!(
            world
                .modern(&ada)
                .call_tool("email", json!({}))
                .await
                .text(),
            ada.email()
        );
        assert_eq!(
            world
                .modern(&grace)
                .call_tool("email", json!({}))
                .await
                .text(),
            grace.email()
        );
    }
    assert_eq!(world.emulator.requests(Endpoint::GetUser), 2);
}

#[tokio::test]
async fn a_hundred_calls_at_once_make_one_request() {
    let world = World::start().await;
    let ada = world.emulator.ada();
    world
        .emulator
        .fault(Endpoint::GetUser, Fault::Delay(Duration::from_millis(100)));
    let wire = world.modern(&ada);
    let replies = join_all((0..100).map(|_| wire.call_tool("email", json!({})))).await;
    assert!(replies.iter().all(|reply| reply.text() == ada.email()));
    assert_eq!(world.emulator.requests(Endpoint::GetUser), 1);
}

/// A tool runs on when its caller hangs up, but a handler of axum does not.
#[tokio::test]
async fn who_hangs_up_again_and_again_makes_one_request() {
    let world = world_with(|limits| limits.api_timeout = Duration::from_secs(30)).await;
    let ada = world.emulator.ada();
    let emails = async || {
        let user = user().await.map_err(|error| error.to_string())?;
        Ok::<_, String>(user.email.clone())
    };
    let router = axum::Router::new()
        .fallback(emails)
        .layer(world.provider.layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    world.emulator.fault(Endpoint::GetUser, Fault::Stall);
    let token = world.token(&ada);
    for _ in 0..50 {
        world.hang_up_at(&address, "email", &token).await;
    }
    assert_eq!(world.emulator.requests(Endpoint::GetUser), 1);
    world.emulator.clear_fault(Endpoint::GetUser);
    let request = world.http.get(format!("http://{address}/"));
    let request = request.header("host", world.host()).bearer_auth(&token);
    let answer = request.send().await.unwrap().text().await.unwrap();
    assert_eq!(answer, ada.email());
    assert_eq!(world.emulator.requests(Endpoint::GetUser), 1);
    server.abort();
}

#[tokio::test]
async fn a_changed_user_is_seen_after_the_ttl() {
    let world = world_with(|limits| limits.user_ttl = Duration::ZERO).await;
    let ada = world.emulator.ada();
    let wire = world.modern(&ada);
    assert_eq!(wire.call_tool("email", json!({})).await.text(), ada.email());
    assert!(
        world
            .emulator
            .update_user(ada.id(), |ada| ada.with_email("countess@example.com"))
    );
    assert_eq!(
        wire.call_tool("email", json!({})).await.text(),
        "countess@example.com"
    );
}

#[tokio::test]
async fn an_api_error_becomes_an_error_result_that_names_the_call_and_the_request_id() {
    let world = World::start().await;
    let ada = world.emulator.ada();
    world.emulator.remove_user(ada.id());
    let reply = world.modern(&ada).call_tool("email", json!({})).await;
    assert!(reply.is_error_result(), "{reply:?}");
    let text = reply.text();
    assert!(
        text.starts_with("the WorkOS API call GET /user_management/users failed with HTTP 404"),
        "{text}"
    );
    assert!(text.contains(", WorkOS request id "), "{text}");
    assert!(
        !text.contains(ada.id()) && !text.contains(world.emulator.api_key()),
        "{text}"
    );
}

#[tokio::test]
async fn a_wrong_key_says_which_variable_to_check() {
    let world = without(|builder| builder.api_key("sk_test_wrong")).await;
    let reply = world
        .modern(&world.emulator.ada())
        .call_tool("email", json!({}))
        .await;
    assert!(reply.is_error_result());
    assert!(
        reply.text().ends_with("; check WORKOS_API_KEY"),
        "{}",
        reply.text()
    );
    assert!(!reply.text().contains("sk_test"), "{}", reply.text());
}

#[tokio::test]
async fn without_a_key_only_what_needs_one_refuses() {
    let emulator = Emulator::start().await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let provider = workos_mcp::Provider::builder()
        .authkit_domain(emulator.issuer())
        .base_url(format!("http://{}", listener.local_addr().unwrap()))
        .build()
        .unwrap();
    emulator.add_resource(provider.mcp_url());
    let wire = workos_mcp_tests::Wire::modern(
        provider.mcp_url(),
        &emulator.token(&emulator.ada()).build(),
    );
    let server = tokio::spawn(async move {
        provider
            .serve_on(listener, std::future::pending(), || Ok(Tools::default()))
            .await
    });
    assert_eq!(
        wire.call_tool("whoami", json!({})).await.text(),
        emulator.ada().id()
    );
    for tool in ["email", "memberships"] {
        let reply = wire.call_tool(tool, json!({})).await;
        assert!(reply.is_error_result());
        assert_eq!(
            reply.text(),
            "the WorkOS API needs an API key; set `api_key` on the provider, or WORKOS_API_KEY \
             (in a unit test, run it with `workos_mcp::testing::with_user`)"
        );
    }
    server.abort();
}

#[tokio::test]
async fn an_api_that_never_answers_is_given_up_in_time_and_recovers() {
    let world = world_with(|limits| {
        limits.api_timeout = Duration::from_millis(200);
        limits.user_failure_ttl = Duration::ZERO;
    })
    .await;
    let ada = world.emulator.ada();
    let wire = world.modern(&ada);
    for endpoint in [Endpoint::GetUser, Endpoint::ListMemberships] {
        world.emulator.fault(endpoint, Fault::Stall);
    }
    for tool in ["email", "memberships"] {
        let started = Instant::now();
        let reply = wire.call_tool(tool, json!({})).await;
        assert!(reply.is_error_result(), "{tool}: {reply:?}");
        assert!(started.elapsed() < Duration::from_secs(10), "{tool}");
    }
    for endpoint in [Endpoint::GetUser, Endpoint::ListMemberships] {
        world.emulator.clear_fault(endpoint);
    }
    assert_eq!(wire.call_tool("email", json!({})).await.text(), ada.email());
    assert_eq!(wire.call_tool("memberships", json!({})).await.text(), "1");
}

#[tokio::test]
async fn a_retry_after_of_an_hour_is_not_waited_for() {
    let world = World::start().await;
    let wire = world.modern(&world.emulator.ada());
    for endpoint in [Endpoint::GetUser, Endpoint::ListMemberships] {
        world.emulator.fault(
            endpoint,
            Fault::RetryAfter {
                status: 429,
                seconds: 3600,
            },
        );
    }
    for tool in ["email", "memberships"] {
        let reply = wire.call_tool(tool, json!({})).await;
        assert!(reply.is_error_result());
        assert!(
            reply.text().contains("failed with HTTP 429"),
            "{}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn a_failure_is_remembered_briefly_so_that_an_outage_is_no_flood() {
    let world = world_with(|limits| limits.user_failure_ttl = Duration::from_secs(60)).await;
    let wire = world.modern(&world.emulator.ada());
    world.emulator.fault(Endpoint::GetUser, Fault::Status(500));
    for _ in 0..5 {
        assert!(wire.call_tool("email", json!({})).await.is_error_result());
    }
    assert_eq!(world.emulator.requests(Endpoint::GetUser), 1);
}

#[tokio::test]
async fn an_answer_about_another_user_is_not_lent_out() {
    let world = World::start().await;
    let (ada, grace) = (world.emulator.ada(), world.emulator.grace());
    let body = world
        .http
        .get(format!(
            "{}/user_management/users/{}",
            world.emulator.url(),
            grace.id()
        ))
        .bearer_auth(world.emulator.api_key())
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    world.emulator.fault(
        Endpoint::GetUser,
        Fault::Body {
            status: 200,
            content_type: "application/json".into(),
            body,
        },
    );
    let reply = world.modern(&ada).call_tool("email", json!({})).await;
    assert!(reply.is_error_result());
    assert!(!reply.text().contains(grace.email()), "{}", reply.text());
}

#[tokio::test]
async fn the_sdk_decodes_what_the_api_lists() {
    let world = World::start().await;
    for (user, memberships) in [(world.emulator.ada(), "1"), (world.emulator.grace(), "2")] {
        let reply = world
            .modern(&user)
            .call_tool("memberships", json!({}))
            .await;
        assert_eq!(reply.text(), memberships);
    }
}
