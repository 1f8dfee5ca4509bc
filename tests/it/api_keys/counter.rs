//! A handler with a tool behind every kind of rule, at a server that lets API keys in.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rmcp::{
    ServerHandler,
    model::{ServerCapabilities, ServerConfig, SubscriptionFilter},
    tool, tool_handler, tool_router,
};
use workos_mcp::{
    Error, Limits, Principal, ProviderBuilder, Session, authority, requires_session, session,
};
use workos_mcp_emulator::Emulator;
use workos_mcp_tests::World;

/// What a key must have to use the server.
pub(super) const PERMISSION: &str = "mcp:use";

type Answer = Result<String, Error>;

#[derive(Clone, Default)]
pub(super) struct Counter(Arc<AtomicUsize>);

impl Counter {
    /// How often a tool ran.
    pub(super) fn entered(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn enter(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn ran(&self, tool: &str, caller: &Principal) -> String {
        self.enter();
        format!("{tool} for {}", caller.kind())
    }
}

#[tool_router]
impl Counter {
    /// For everybody.
    #[tool]
    async fn open(&self) -> Answer {
        self.enter();
        Ok("open".to_owned())
    }

    /// Who calls, of whatever kind.
    #[requires_session]
    #[tool]
    async fn caller(&self, caller: Principal) -> Answer {
        let Principal::ApiKey(key) = &caller else {
            return Ok(caller.kind().to_owned());
        };
        assert_eq!(key.name().is_empty(), key.id().is_empty());
        Ok(format!(
            "{} {} {} of {} / {} / {}",
            caller.kind(),
            caller.issuer(),
            caller.subject(),
            caller.organization_id().unwrap_or("nowhere"),
            key.user_id().unwrap_or("no user"),
            key.permissions().collect::<Vec<_>>().join(","),
        ))
    }

    /// What the caller may do.
    #[tool]
    async fn looks(&self) -> Answer {
        let authority = authority().await?;
        let all = |words: &mut dyn Iterator<Item = &str>| words.collect::<Vec<_>>().join(",");
        Ok(format!(
            "roles{} / {} / {}",
            all(&mut authority.roles()),
            all(&mut authority.permissions()),
            all(&mut authority.feature_flags()),
        ))
    }

    /// For users, by a parameter.
    #[requires_session]
    #[tool]
    async fn session(&self, session: Session) -> Answer {
        self.enter();
        Ok(session.user_id().to_owned())
    }

    /// For users, by a call.
    #[tool(name = "session-inside")]
    async fn session_inside(&self) -> Answer {
        let session = session()?;
        self.enter();
        Ok(session.user_id().to_owned())
    }

    /// By a permission.
    #[requires_session(permission = "widgets:read")]
    #[tool(name = "read-widgets")]
    async fn read_widgets(&self, caller: Principal) -> Answer {
        Ok(self.ran("read-widgets", &caller))
    }

    /// By another permission.
    #[requires_session(permission = "widgets:write")]
    #[tool(name = "write-widgets")]
    async fn write_widgets(&self, caller: Principal) -> Answer {
        Ok(self.ran("write-widgets", &caller))
    }

    /// In any organization.
    #[requires_session(organization)]
    #[tool(name = "in-an-organization")]
    async fn in_an_organization(&self, caller: Principal) -> Answer {
        Ok(self.ran("in-an-organization", &caller))
    }

    /// By a scope.
    #[requires_session(scope = "reports:export")]
    #[tool(name = "export-report")]
    async fn export_report(&self, caller: Principal) -> Answer {
        Ok(self.ran("export-report", &caller))
    }

    /// By a role.
    #[requires_session(role = "admin")]
    #[tool(name = "delete-widget")]
    async fn delete_widget(&self, caller: Principal) -> Answer {
        Ok(self.ran("delete-widget", &caller))
    }

    /// By a feature flag of the organization.
    #[requires_session(feature_flag = "beta-dashboard")]
    #[tool]
    async fn beta(&self, caller: Principal) -> Answer {
        Ok(self.ran("beta", &caller))
    }

    /// By a feature flag of a user.
    #[requires_session(feature_flag = "early-reports")]
    #[tool]
    async fn early(&self, caller: Principal) -> Answer {
        Ok(self.ran("early", &caller))
    }
}

#[tool_handler]
impl ServerHandler for Counter {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        ServerConfig::new(capabilities)
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }
}

pub(super) async fn counter() -> (World, Counter) {
    counter_with(|builder, _| builder).await
}

pub(super) async fn counter_limited(
    change: impl FnOnce(&mut Limits) + 'static,
) -> (World, Counter) {
    counter_with(|builder, _| {
        let mut limits = Limits::default();
        change(&mut limits);
        builder.limits(limits)
    })
    .await
}

/// With a configuration that may name the organization Acme.
pub(super) async fn counter_with(
    configure: impl FnOnce(ProviderBuilder, &'static str) -> ProviderBuilder + 'static,
) -> (World, Counter) {
    let handler = Counter::default();
    let served = handler.clone();
    let emulator = Emulator::start().await.unwrap();
    let acme = emulator.acme();
    let world = World::builder()
        .emulator(emulator)
        .configure(move |builder| configure(builder.api_keys(PERMISSION), acme))
        .start(move || Ok(served.clone()))
        .await;
    (world, handler)
}
