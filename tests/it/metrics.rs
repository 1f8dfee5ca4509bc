//! What is counted, for whoever installs a recorder; and the span that a handler runs in.
//!
//! `#[tokio::test]` runs the servers of a test on the test's own thread, so a recorder of that thread counts this test alone.

#![allow(
    clippy::unused_async,
    clippy::unused_self,
    reason = "a tool is an asynchronous method, whether it waits and needs its handler or not"
)]

mod refusals;
mod span;

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use metrics::LocalRecorderGuard;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use rmcp::{
    ErrorData,
    model::{GetPromptResult, PromptMessage, Role},
};
use rmcp::{ServerHandler, prompt, prompt_handler, prompt_router, tool, tool_handler, tool_router};
use serde_json::json;
use workos_mcp::{
    Error, Limits, Principal, ProviderBuilder, Session, metrics as counters, requires_session,
};
use workos_mcp_emulator::{ApiKey, Emulator, Endpoint, Fault};
use workos_mcp_tests::World;

/// The counters of this thread while it lives.
struct Counters<'r> {
    snapshotter: Snapshotter,
    /// A snapshot takes the counts away.
    total: RefCell<BTreeMap<String, u64>>,
    _guard: LocalRecorderGuard<'r>,
}

impl<'r> Counters<'r> {
    fn of(recorder: &'r DebuggingRecorder) -> Self {
        Self {
            snapshotter: recorder.snapshotter(),
            total: RefCell::default(),
            _guard: metrics::set_default_local_recorder(recorder),
        }
    }

    /// Everything counted so far, such as `name{label=value,label=value}`, and its descriptions.
    fn all(&self) -> BTreeMap<String, u64> {
        let mut total = self.total.borrow_mut();
        for (key, _, description, value) in self.snapshotter.snapshot().into_vec() {
            let (_, key) = key.into_parts();
            let labels: Vec<_> = key
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            assert!(description.is_some(), "{key} is not described");
            let DebugValue::Counter(count) = value else {
                panic!("{key} is no counter");
            };
            let name = format!("{}{{{}}}", key.name(), labels.join(","));
            *total.entry(name).or_default() += count;
        }
        total.clone()
    }

    fn count(&self, name: &str, labels: &str) -> u64 {
        let name = format!("{name}{{{labels}}}");
        self.all().get(&name).copied().unwrap_or_default()
    }

    /// The refusals by rule, those alone that there were.
    fn refusals(&self) -> BTreeMap<String, u64> {
        let start = format!("{}{{rule=", counters::REFUSALS);
        let all = self.all().into_iter();
        all.filter_map(|(name, count)| {
            let rule = name.strip_prefix(&start)?.strip_suffix('}')?;
            Some((rule.to_owned(), count))
        })
        .collect()
    }
}

#[derive(Clone)]
struct Desk;

#[tool_router]
impl Desk {
    /// For everybody.
    #[tool]
    async fn open(&self) -> Result<String, Error> {
        tracing::info!("the handler runs");
        Ok("open".to_owned())
    }

    /// For users.
    #[requires_session]
    #[tool]
    async fn mine(&self, session: Session) -> Result<String, Error> {
        Ok(session.user_id().to_owned())
    }

    /// By scope.
    #[requires_session(scope = "reports:export")]
    #[tool]
    async fn scoped(&self, _: Principal) -> Result<String, Error> {
        Ok("scoped".to_owned())
    }

    /// By role.
    #[requires_session(role = "admin")]
    #[tool]
    async fn role(&self) -> Result<String, Error> {
        Ok("role".to_owned())
    }

    /// By permission.
    #[requires_session(permission = "widgets:write")]
    #[tool]
    async fn permission(&self) -> Result<String, Error> {
        Ok("permission".to_owned())
    }

    /// By organization.
    #[requires_session(organization = "org_01OTHER")]
    #[tool]
    async fn organization(&self) -> Result<String, Error> {
        Ok("organization".to_owned())
    }

    /// By feature flag.
    #[requires_session(feature_flag = "no-such-flag")]
    #[tool]
    async fn flag(&self) -> Result<String, Error> {
        Ok("flag".to_owned())
    }

    /// One way or another.
    #[requires_session(any(role = "admin", organization = "org_01OTHER"))]
    #[tool]
    async fn either(&self) -> Result<String, Error> {
        Ok("either".to_owned())
    }

    /// All at once, of which the second fails.
    #[requires_session(organization, all(role = "member", permission = "widgets:write"))]
    #[tool]
    async fn several(&self) -> Result<String, Error> {
        Ok("several".to_owned())
    }

    /// Has a guard on the way.
    #[tool]
    async fn on_the_way(&self) -> Result<String, Error> {
        only_for_users().await
    }

    /// Decides by a rule of its own.
    #[tool]
    async fn decides(&self) -> Result<String, Error> {
        let rule = workos_mcp::Rule::role("admin");
        workos_mcp::session()?.check(&rule).await?;
        Ok("decided".to_owned())
    }
}

#[requires_session]
async fn only_for_users(session: Session) -> Result<String, Error> {
    Ok(session.user_id().to_owned())
}

#[prompt_router]
impl Desk {
    /// For everybody.
    #[prompt]
    async fn hello(&self) -> Result<GetPromptResult, ErrorData> {
        tracing::info!("the prompt runs");
        let message = PromptMessage::new_text(Role::User, "hello");
        Ok(GetPromptResult::new(vec![message]))
    }
}

#[tool_handler]
#[prompt_handler]
impl ServerHandler for Desk {
    fn get_info(&self) -> rmcp::model::ServerConfig {
        let capabilities = rmcp::model::ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .build();
        rmcp::model::ServerConfig::new(capabilities)
    }
}

async fn desk(configure: impl FnOnce(ProviderBuilder) -> ProviderBuilder + 'static) -> World {
    World::builder()
        .configure(configure)
        .start(|| Ok(Desk))
        .await
}

fn unchanged(builder: ProviderBuilder) -> ProviderBuilder {
    builder
}

const ACCEPTED: &str = "kind=token,outcome=accepted";

async fn call(world: &World, token: &str) -> u16 {
    let answer = world.call().bearer_auth(token).send().await.unwrap();
    answer.status().as_u16()
}

#[tokio::test]
async fn each_access_token_is_counted_by_what_came_of_it() {
    let recorder = DebuggingRecorder::new();
    let counted = Counters::of(&recorder);
    let world = desk(unchanged).await;
    let ada = world.emulator.ada();
    let token = world.token(&ada);
    for _ in 0..3 {
        assert_eq!(call(&world, &token).await, 200);
    }
    let verifications = |labels| counted.count(counters::VERIFICATIONS, labels);
    let cache = |labels| counted.count(counters::VERIFICATION_CACHE, labels);
    assert_eq!(verifications(ACCEPTED), 3);
    assert_eq!(cache("outcome=hit"), 2);
    let missed = cache("outcome=miss");
    // The first may have waited for its key, and then was looked for before and after.
    assert!((1..=2).contains(&missed), "{missed}");

    let expired = world.emulator.token(&ada).expires_in(-60).build();
    let elsewhere = world
        .emulator
        .token(&ada)
        .audience("https://other.example/mcp");
    assert_eq!(call(&world, &expired).await, 401);
    assert_eq!(call(&world, &elsewhere.build()).await, 401);
    assert_eq!(call(&world, "garbage").await, 401);
    assert_eq!(verifications("kind=token,outcome=expired"), 1);
    assert_eq!(verifications("kind=token,outcome=refused"), 2);
    assert_eq!(verifications(ACCEPTED), 3);
    assert_eq!(cache("outcome=hit"), 2);
    assert_eq!(
        counted.refusals(),
        BTreeMap::from([("sign_in".to_owned(), 3)])
    );
}

#[tokio::test]
async fn each_api_key_is_counted_by_what_came_of_it() {
    let recorder = DebuggingRecorder::new();
    let counted = Counters::of(&recorder);
    let world = desk(|builder| builder.api_keys("mcp:use")).await;
    let acme = world.emulator.acme();
    let key = |name: &str| ApiKey::of_organization(acme, name).with_permission("mcp:use");
    let good = world.emulator.add_api_key(key("good"));
    let without = ApiKey::of_organization(acme, "without the permission");
    let without = world.emulator.add_api_key(without);
    let verifications = |outcome: &str| {
        let labels = format!("kind=api_key,outcome={outcome}");
        counted.count(counters::VERIFICATIONS, &labels)
    };
    // The first is asked about, the second known.
    for count in 1..=2 {
        assert_eq!(call(&world, good.value()).await, 200);
        assert_eq!(verifications("accepted"), count);
    }
    // So is a key that was refused.
    for count in 1..=2 {
        assert_eq!(call(&world, without.value()).await, 401);
        assert_eq!(verifications("refused"), count);
    }
    let validation = Endpoint::ValidateApiKey;
    world.emulator.fault(validation, Fault::Status(503));
    let other = world.emulator.add_api_key(key("another"));
    assert_eq!(call(&world, other.value()).await, 503);
    assert_eq!(verifications("unavailable"), 1);
    assert_eq!(
        counted.refusals(),
        BTreeMap::from([("sign_in".to_owned(), 2)])
    );
    let all = counted.all();
    let of_tokens = all.keys().find(|name| name.contains("kind=token"));
    assert!(of_tokens.is_none(), "{of_tokens:?}");
}

#[tokio::test]
async fn fetches_of_keys_are_counted_and_what_cannot_be_told_is_no_refusal() {
    let recorder = DebuggingRecorder::new();
    let counted = Counters::of(&recorder);
    let emulator = Emulator::start().await.unwrap();
    emulator.fault(Endpoint::Jwks, Fault::Status(503));
    let world = World::builder()
        .emulator(emulator)
        .configure(|builder| {
            let mut limits = Limits::default();
            limits.key_retry = Duration::ZERO;
            builder.limits(limits)
        })
        .start(|| Ok(Desk))
        .await;
    let token = world.token(&world.emulator.ada());
    assert_eq!(call(&world, &token).await, 503);
    let fetches = |labels| counted.count(counters::KEY_FETCHES, labels);
    let failed = world.emulator.requests(Endpoint::Jwks);
    assert!(failed > 0);
    assert_eq!(fetches("outcome=failed"), failed);
    assert_eq!(fetches("outcome=ok"), 0);
    let unavailable = "kind=token,outcome=unavailable";
    assert_eq!(counted.count(counters::VERIFICATIONS, unavailable), 1);
    assert!(counted.refusals().is_empty());

    world.emulator.clear_fault(Endpoint::Jwks);
    assert_eq!(call(&world, &token).await, 200);
    assert_eq!(fetches("outcome=ok"), 1);
    assert_eq!(counted.count(counters::VERIFICATIONS, ACCEPTED), 1);
}

#[tokio::test]
async fn questions_to_workos_are_counted_by_who_answered() {
    let recorder = DebuggingRecorder::new();
    let counted = Counters::of(&recorder);
    let world = desk(|builder| {
        let mut limits = Limits::default();
        limits.authority_failure_ttl = Duration::ZERO;
        builder.limits(limits)
    })
    .await;
    let lookups = |labels| counted.count(counters::AUTHORITY_LOOKUPS, labels);
    let ada = world.modern(&world.emulator.ada());
    assert_eq!(ada.call_tool("open", json!({})).await.text(), "open");
    assert_eq!(lookups("outcome=answered"), 0, "nothing was asked");
    assert_eq!(ada.call_tool("role", json!({})).await.text(), "role");
    let answered = lookups("outcome=answered");
    assert_eq!(answered, 1);
    assert_eq!(ada.call_tool("role", json!({})).await.text(), "role");
    assert_eq!(lookups("outcome=answered"), answered);
    assert!(lookups("outcome=cached") > 0);
    assert_eq!(lookups("outcome=failed"), 0);

    world
        .emulator
        .fault(Endpoint::ListMemberships, Fault::Status(503));
    let grace = world.modern(&world.emulator.grace());
    let refused = grace.call_tool("role", json!({})).await;
    assert!(refused.is_error_result(), "{refused:?}");
    assert_eq!(lookups("outcome=failed"), 1);
    // The token says it itself, so nobody is asked.
    let before = counted.all();
    let token = world.emulator.token(&world.emulator.grace());
    let stated = token.claim("role", json!("admin")).build();
    let stated = workos_mcp_tests::Wire::modern(world.mcp_url(), &stated);
    assert_eq!(stated.call_tool("role", json!({})).await.text(), "role");
    let lookups = |all: BTreeMap<String, u64>| {
        let lookups = all.into_iter();
        lookups
            .filter(|(name, _)| name.starts_with(counters::AUTHORITY_LOOKUPS))
            .collect::<Vec<_>>()
    };
    assert_eq!(lookups(counted.all()), lookups(before));
    assert!(counted.refusals().is_empty());
}
