//! A handler with tools, as a user would write it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use rmcp::{
    ServerHandler,
    handler::server::wrapper::Parameters,
    model::{ServerCapabilities, ServerConfig, SubscriptionFilter},
    schemars, tool, tool_handler, tool_router,
};
use serde::Deserialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use workos_mcp::{Error, Session, client, session, user};

use crate::who;

/// Tools that tell who they run for.
#[derive(Clone, Default)]
pub struct Tools {
    pub entered: Arc<AtomicUsize>,
    pub gate: Gate,
}

/// Where a call waits until the test lets it go on.
#[derive(Clone, Default)]
pub struct Gate {
    arrived: Arc<Notify>,
    open: Arc<Notify>,
    abandoned: Arc<Notify>,
    abandoned_by: Arc<Mutex<String>>,
}

impl Gate {
    /// Waits until a call waits.
    pub async fn arrived(&self) {
        self.arrived.notified().await;
    }

    pub fn open(&self) {
        self.open.notify_one();
    }

    /// Waits until a waiting call was cancelled, and says who it ran for then.
    pub async fn abandoned(&self) -> String {
        self.abandoned.notified().await;
        self.abandoned_by.lock().unwrap().clone()
    }

    async fn wait(&self, cancelled: CancellationToken) {
        self.arrived.notify_one();
        tokio::select! {
            () = self.open.notified() => {}
            () = cancelled.cancelled() => {
                *self.abandoned_by.lock().unwrap() = who();
                self.abandoned.notify_one();
            }
        }
    }
}

#[derive(Deserialize, schemars::JsonSchema)]
struct Greet {
    name: String,
}

#[tool_router]
impl Tools {
    /// Greets by name.
    #[tool]
    async fn greet(&self, Parameters(Greet { name }): Parameters<Greet>) -> Result<String, Error> {
        self.entered.fetch_add(1, Ordering::Relaxed);
        Ok(format!(
            "Hello, {name}! Your WorkOS user ID is {}",
            session()?.user_id()
        ))
    }

    /// Who this runs for.
    #[tool]
    async fn whoami(&self) -> String {
        self.entered.fetch_add(1, Ordering::Relaxed);
        who()
    }

    /// Who this runs for, asked again after giving way to others many times.
    #[tool]
    async fn whoami_slowly(&self) -> String {
        let first = who();
        for _ in 0..20 {
            tokio::task::yield_now().await;
            let now = who();
            if now != first {
                return format!("{first} became {now}");
            }
        }
        first
    }

    /// Who this runs for, by a parameter.
    #[tool]
    async fn whoami_extracted(&self, session: Session) -> String {
        session.user_id().to_owned()
    }

    /// The user's address, from the WorkOS API.
    #[tool]
    async fn email(&self) -> Result<String, Error> {
        Ok(user().await?.email.clone())
    }

    /// How many organizations the user is a member of, from the SDK's client.
    #[tool]
    async fn memberships(&self) -> Result<String, Error> {
        let params =
            workos_mcp::workos::organization_membership::ListOrganizationMembershipsParams {
                user_id: Some(session()?.user_id().to_owned()),
                ..Default::default()
            };
        let memberships = client()?
            .organization_membership()
            .list_organization_memberships(params)
            .await?;
        Ok(memberships.data.len().to_string())
    }

    /// Who the spawned halves run for: with our spawn, in a wrapped future, and with tokio's.
    #[tool]
    async fn spawned(&self) -> String {
        let ours = workos_mcp::spawn(async { who() }).await.unwrap_or_default();
        let wrapped = tokio::spawn(workos_mcp::in_context(async { who() }))
            .await
            .unwrap_or_default();
        let bare = tokio::spawn(async { who() }).await.unwrap_or_default();
        format!("{ours} {wrapped} {bare}")
    }

    /// Panics.
    #[tool]
    async fn panics(&self) -> String {
        assert!(who().is_empty(), "as the test asked");
        String::new()
    }

    /// Waits at the gate, then tells who it runs for.
    #[tool]
    async fn waits(&self, cancelled: CancellationToken) -> String {
        self.gate.wait(cancelled).await;
        who()
    }
}

#[tool_handler]
impl ServerHandler for Tools {
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
