//! A handler with something for everybody beside what is for who signs in.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CompleteRequestParams, CompleteResult, CustomNotification, CustomRequest, CustomResult,
        GetPromptResult, ListResourcesResult, PaginatedRequestParams, PromptMessage,
        ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource,
        ResourceContents, Role, ServerCapabilities, ServerConfig, SubscriptionFilter,
    },
    prompt, prompt_handler, prompt_router,
    service::{NotificationContext, RequestContext},
    tool, tool_handler, tool_router,
};
use serde_json::json;
use workos_mcp::{
    Anonymous, Error, Principal, ProviderBuilder, Rule, Session, public, requires_session,
};
use workos_mcp_emulator::Emulator;
use workos_mcp_tests::{Wire, World};

type Answer = Result<String, Error>;

#[derive(Clone, Default)]
pub(super) struct Library {
    /// How often something ran.
    entered: Arc<AtomicUsize>,
}

impl Library {
    fn enter(&self) {
        self.entered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn entered(&self) -> usize {
        self.entered.load(Ordering::Relaxed)
    }
}

#[tool_router]
impl Library {
    /// For everybody.
    #[public]
    #[tool]
    async fn search(&self, session: Option<Session>) -> Answer {
        self.enter();
        let reader = session.map_or("a stranger".to_owned(), |session| {
            session.user_id().to_owned()
        });
        Ok(format!("found for {reader}"))
    }

    /// For everybody, of whatever kind.
    #[public]
    #[tool]
    fn kind(&self, caller: Option<Principal>) -> Answer {
        self.enter();
        Ok(caller.map_or("nobody", |caller| caller.kind()).to_owned())
    }

    /// For everybody, until it comes to what is not.
    #[public]
    #[tool]
    async fn reserve(&self) -> Answer {
        self.enter();
        reserved()
    }

    /// For everybody by its author, for admins by who runs it.
    #[public]
    #[tool]
    async fn closed(&self) -> Answer {
        self.enter();
        Ok("closed".to_owned())
    }

    /// For who signs in.
    #[requires_session]
    #[tool]
    async fn borrow(&self, session: Session) -> Answer {
        self.enter();
        Ok(format!("lent to {}", session.user_id()))
    }

    /// For who signs in, though nothing here says so.
    #[tool]
    async fn shelves(&self) -> Answer {
        self.enter();
        Ok("shelves".to_owned())
    }

    /// For who was granted a scope.
    #[requires_session(scope = "books:order")]
    #[tool]
    async fn order(&self) -> Answer {
        self.enter();
        Ok("ordered".to_owned())
    }

    /// For admins.
    #[requires_session(role = "admin")]
    #[tool]
    async fn archive(&self) -> Answer {
        self.enter();
        Ok("archived".to_owned())
    }
}

#[requires_session]
fn reserved() -> Answer {
    Ok("reserved".to_owned())
}

#[prompt_router]
impl Library {
    /// For everybody.
    #[public]
    #[prompt]
    async fn hours(&self) -> Result<GetPromptResult, ErrorData> {
        self.enter();
        let message = PromptMessage::new_text(Role::User, "nine to five");
        Ok(GetPromptResult::new(vec![message]))
    }

    /// For who signs in.
    #[prompt]
    async fn advice(&self) -> Result<GetPromptResult, ErrorData> {
        self.enter();
        let message = PromptMessage::new_text(Role::User, "read");
        Ok(GetPromptResult::new(vec![message]))
    }
}

#[tool_handler]
#[prompt_handler]
impl ServerHandler for Library {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .enable_completions()
            .enable_tasks()
            .build();
        ServerConfig::new(capabilities)
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(
            ["docs://rules", "ledger://2026"]
                .map(|uri| Resource::new(uri, uri))
                .to_vec(),
        ))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.enter();
        Ok(ReadResourceResult::new(vec![ResourceContents::text("read", request.uri)]).into())
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        self.enter();
        Ok(CompleteResult::default())
    }

    async fn on_custom_request(
        &self,
        _: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        self.enter();
        Ok(CustomResult::new(json!({})))
    }

    async fn on_custom_notification(
        &self,
        _: CustomNotification,
        _: NotificationContext<RoleServer>,
    ) {
        self.enter();
    }
}

pub(super) fn open(builder: ProviderBuilder) -> ProviderBuilder {
    builder
        .anonymous(Anonymous::Allow)
        .tool_rules([("closed", Rule::role("admin"))])
        .resource_rules([("docs://{page}", Rule::public())])
}

pub(super) async fn library() -> (World, Library) {
    library_with(open).await
}

pub(super) async fn library_with(
    configure: impl FnOnce(ProviderBuilder) -> ProviderBuilder + 'static,
) -> (World, Library) {
    let handler = Library::default();
    let emulator = Emulator::builder()
        .custom_scope("books:order")
        .start()
        .await
        .unwrap();
    let served = handler.clone();
    let world = World::builder()
        .emulator(emulator)
        .configure(configure)
        .start(move || Ok(served.clone()))
        .await;
    (world, handler)
}

/// A client of each era, with this token, or with none.
pub(super) async fn both(world: &World, token: &str) -> [Wire; 2] {
    [
        Wire::modern(world.mcp_url(), token),
        Wire::legacy(world.mcp_url(), token).await,
    ]
}
