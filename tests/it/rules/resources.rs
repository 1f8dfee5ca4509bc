//! The rules of resources hold by whatever way a resource is reached: skills, directories, subscriptions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        GetSkillRequestParams, GetSkillResult, ListSkillsResult, PaginatedRequestParams,
        ReadResourceDirectoryRequestParams, ReadResourceDirectoryResult, Resource,
        ServerCapabilities, ServerConfig, Skill, SkillFrontmatter, SkillResources,
        SubscribeRequestParams, SubscriptionFilter, UnsubscribeRequestParams,
    },
    service::{RequestContext, SubscriptionContext},
};
use serde_json::{Value, json};
use workos_mcp::{Limits, ProviderBuilder, Rule};
use workos_mcp_emulator::User;
use workos_mcp_tests::{Era, Wire, World};

use super::workshop::both;

type Context = RequestContext<RoleServer>;

const OPEN: &str = "skill://open/SKILL.md";
const PAYROLL: &str = "skill://payroll/SKILL.md";

#[derive(Clone, Default)]
struct Library {
    /// How often something of a single resource ran.
    ran: Arc<AtomicUsize>,
}

impl Library {
    fn run(&self) {
        self.ran.fetch_add(1, Ordering::Relaxed);
    }

    /// How often since it was last asked.
    fn runs(&self) -> usize {
        self.ran.swap(0, Ordering::Relaxed)
    }
}

fn skill(uri: &str) -> Skill {
    // rmcp wants the name at the end of the folder.
    let name = uri.split('/').rev().nth(1).unwrap_or_default();
    let about = SkillFrontmatter::new(name, "What a test needs.");
    Skill::new(uri, about, SkillResources::Dynamic)
}

impl ServerHandler for Library {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_skills_with_directory_read()
            .build();
        ServerConfig::new(capabilities)
    }

    async fn list_skills(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListSkillsResult, ErrorData> {
        let skills = [OPEN, PAYROLL].map(skill).to_vec();
        Ok(ListSkillsResult::with_all_items(skills))
    }

    async fn get_skill(
        &self,
        request: GetSkillRequestParams,
        _: Context,
    ) -> Result<GetSkillResult, ErrorData> {
        if ![OPEN, PAYROLL].contains(&&*request.uri) {
            return Err(ErrorData::invalid_params("no such skill", None));
        }
        self.run();
        Ok(GetSkillResult::new(skill(&request.uri)))
    }

    async fn read_resource_directory(
        &self,
        _: ReadResourceDirectoryRequestParams,
        _: Context,
    ) -> Result<ReadResourceDirectoryResult, ErrorData> {
        self.run();
        let files = [OPEN, PAYROLL].map(|uri| Resource::new(uri, uri));
        Ok(ReadResourceDirectoryResult::with_all_items(files.to_vec()))
    }

    async fn subscribe(&self, _: SubscribeRequestParams, _: Context) -> Result<(), ErrorData> {
        self.run();
        Ok(())
    }

    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: Context) -> Result<(), ErrorData> {
        self.run();
        Ok(())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, subscription: SubscriptionContext) -> Result<(), ErrorData> {
        self.run();
        subscription.cancelled().await;
        Ok(())
    }
}

fn for_admins(builder: ProviderBuilder) -> ProviderBuilder {
    let mut limits = Limits::default();
    limits.clock_leeway = Duration::ZERO;
    builder
        .resource_rules([("skill://payroll{file}", Rule::role("admin"))])
        .limits(limits)
}

async fn world() -> (World, Library) {
    let library = Library::default();
    let served = library.clone();
    let world = World::builder()
        .configure(for_admins)
        .start(move || Ok(served.clone()))
        .await;
    (world, library)
}

async fn of_ada_and_grace(world: &World) -> [[Wire; 2]; 2] {
    let token = |user: User| {
        world
            .emulator
            .token(&user)
            .organization(world.emulator.acme())
    };
    [
        both(world, token(world.emulator.ada())).await,
        both(world, token(world.emulator.grace())).await,
    ]
}

async fn listed(wire: &Wire, method: &str, params: Value, list: &str) -> Vec<String> {
    let reply = wire.request(method, params).await;
    let result = &reply.body["result"];
    if wire.era == Era::Modern {
        assert_eq!(result["cacheScope"], "private", "{method}: {reply:?}");
    }
    let items = result[list].as_array();
    let items = items.unwrap_or_else(|| panic!("{method}: {reply:?}"));
    items
        .iter()
        .map(|item| item["uri"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn skills_and_directories_list_what_their_reader_may_use() {
    let (world, _) = world().await;
    let [ada, grace] = of_ada_and_grace(&world).await;
    for (wires, expected) in [(&ada, &[OPEN, PAYROLL][..]), (&grace, &[OPEN])] {
        for wire in wires {
            let skills = listed(wire, "skills/list", json!({}), "skills").await;
            assert_eq!(skills, expected);
            let directory = json!({ "uri": "skill://" });
            let files = listed(wire, "resources/directory/read", directory, "resources").await;
            assert_eq!(files, expected);
        }
    }
}

#[tokio::test]
async fn a_hidden_resource_is_unknown_by_every_method() {
    let (world, library) = world().await;
    let [ada, grace] = of_ada_and_grace(&world).await;
    for (ada, grace) in ada.iter().zip(&grace) {
        for (method, uri, only) in [
            ("skills/get", PAYROLL, None),
            ("resources/directory/read", "skill://payroll", None),
            ("resources/subscribe", PAYROLL, Some(Era::Legacy)),
            ("resources/unsubscribe", PAYROLL, Some(Era::Legacy)),
        ] {
            if only.is_some_and(|era| era != ada.era) {
                continue;
            }
            let reply = ada.request(method, json!({ "uri": uri })).await;
            assert!(reply.body["result"].is_object(), "{method}: {reply:?}");
            assert_eq!(library.runs(), 1, "{method}");
            let reply = grace.request(method, json!({ "uri": uri })).await;
            let error = &reply.body["error"];
            assert!(error["message"].is_string(), "{method}: {reply:?}");
            assert!(!error.to_string().contains("admin"), "{method}: {reply:?}");
            assert_eq!(library.runs(), 0, "{method}");
        }
        let unknown = "skill://unknown/SKILL.md";
        let hidden = grace.request("skills/get", json!({ "uri": PAYROLL })).await;
        let absent = grace.request("skills/get", json!({ "uri": unknown })).await;
        let as_if = absent.body["error"].to_string().replace(unknown, PAYROLL);
        assert_eq!(hidden.body["error"].to_string(), as_if);
    }
}

/// The subscription lasts as long as the token, so that the handler had all that time to be asked.
#[tokio::test]
async fn a_subscription_to_a_hidden_resource_never_reaches_the_handler() {
    let (world, library) = world().await;
    for (user, runs) in [(world.emulator.ada(), 1), (world.emulator.grace(), 0)] {
        let token = world
            .emulator
            .token(&user)
            .organization(world.emulator.acme())
            .expires_in(2)
            .build();
        let wire = Wire::modern(world.mcp_url(), &token);
        let listening = json!({ "notifications": { "resourceSubscriptions": [PAYROLL] } });
        let stream = wire.send("subscriptions/listen", listening, Some(1)).await;
        assert_eq!(stream.status(), 200);
        let heard: Vec<_> = tokio::time::timeout(
            Duration::from_secs(20),
            stream.bytes_stream().map(Result::unwrap).collect(),
        )
        .await
        .expect("a subscription ends with its token");
        let heard = String::from_utf8(heard.concat()).unwrap();
        assert!(heard.contains("acknowledged"), "{heard}");
        assert_eq!(library.runs(), runs, "{heard}");
    }
}
