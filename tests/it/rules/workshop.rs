//! A handler with something behind every kind of rule, and the world around it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::wrapper::Parameters,
    model::{
        CompleteRequestParams, CompleteResult, CompletionInfo, GetPromptResult,
        ListResourceTemplatesResult, ListResourcesResult, PaginatedRequestParams, PromptMessage,
        ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Reference, Resource,
        ResourceContents, ResourceTemplate, Role, ServerCapabilities, ServerConfig,
    },
    prompt, prompt_handler, prompt_router, schemars,
    service::RequestContext,
    tool, tool_handler, tool_router,
};
use serde::Deserialize;
use workos_mcp::{Error, ProviderBuilder, Rule, Session, requires_session};
use workos_mcp_emulator::{Emulator, TokenBuilder};
use workos_mcp_tests::{Wire, World};

type Answer = Result<String, Error>;

#[derive(Deserialize, schemars::JsonSchema)]
pub(super) struct Widget {
    id: u32,
}

#[derive(Deserialize, schemars::JsonSchema)]
pub(super) struct Place {
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: String,
}

#[derive(Clone, Default)]
pub(super) struct Workshop {
    /// How often something ran.
    pub(super) entered: Arc<AtomicUsize>,
}

impl Workshop {
    fn enter(&self) {
        self.entered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn entered(&self) -> usize {
        self.entered.load(Ordering::Relaxed)
    }
}

#[tool_router]
impl Workshop {
    /// Lists widgets.
    #[requires_session(permission = "widgets:read")]
    #[tool(name = "read-widgets")]
    async fn read_widgets(&self) -> Answer {
        self.enter();
        Ok("three widgets".to_owned())
    }

    /// Deletes a widget.
    #[requires_session(role = "admin")]
    #[tool(name = "delete-widget")]
    async fn delete_widget(
        &self,
        Parameters(Widget { id }): Parameters<Widget>,
        session: Session,
    ) -> Answer {
        self.enter();
        Ok(format!("{id} deleted by {}", session.user_id()))
    }

    /// Exports a report.
    #[requires_session(scope = "reports:export")]
    #[tool(name = "export-report")]
    async fn export_report(&self) -> Answer {
        self.enter();
        Ok("exported".to_owned())
    }

    /// Exports what admins may export.
    #[requires_session(role = "admin", scopes("reports:export", "reports:all"))]
    #[tool(name = "export-everything")]
    async fn export_everything(&self) -> Answer {
        self.enter();
        Ok("everything".to_owned())
    }

    /// One way or another.
    #[requires_session(any(role = "admin", scope = "reports:export"))]
    #[tool(name = "either")]
    async fn either(&self) -> Answer {
        self.enter();
        Ok("either".to_owned())
    }

    /// In a beta.
    #[requires_session(feature_flag = "early-reports")]
    #[tool(name = "early")]
    async fn early(&self) -> Answer {
        self.enter();
        Ok("early".to_owned())
    }

    /// In a beta of the organization.
    #[requires_session(feature_flag = "beta-dashboard")]
    #[tool(name = "beta")]
    async fn beta(&self) -> Answer {
        self.enter();
        Ok("beta".to_owned())
    }

    /// Moves everything.
    #[requires_session(role = "admin")]
    #[tool(name = "move-everything")]
    async fn move_everything(&self, Parameters(Place { region }): Parameters<Place>) -> Answer {
        self.enter();
        Ok(format!("moved to {region}"))
    }

    /// Decides by a rule of its own.
    #[tool(name = "decides")]
    async fn decides(&self) -> Answer {
        workos_mcp::session()?
            .check(&Rule::scope("reports:export"))
            .await?;
        self.enter();
        Ok("decided".to_owned())
    }

    /// Looks at what the caller may do.
    #[tool(name = "looks")]
    async fn looks(&self) -> Answer {
        let authority = workos_mcp::authority().await?;
        let all = |words: &mut dyn Iterator<Item = &str>| words.collect::<Vec<_>>().join(",");
        Ok(format!(
            "{} / {} / {}",
            all(&mut authority.roles()),
            all(&mut authority.permissions()),
            all(&mut authority.feature_flags()),
        ))
    }

    /// Synchronous, and for admins.
    #[requires_session(role = "admin")]
    #[tool(name = "synchronous")]
    fn synchronous(&self) -> Answer {
        self.enter();
        Ok("synchronous".to_owned())
    }

    /// For whoever is signed in.
    #[tool(name = "open")]
    async fn open(&self) -> Answer {
        self.enter();
        Ok("open".to_owned())
    }
}

fn said(text: &str) -> GetPromptResult {
    let message = PromptMessage::new_text(Role::User, text);
    GetPromptResult::new(vec![message])
}

#[prompt_router]
impl Workshop {
    /// For admins.
    #[requires_session(role = "admin")]
    #[prompt]
    async fn advice(&self) -> Result<GetPromptResult, ErrorData> {
        self.enter();
        Ok(said("advice"))
    }

    /// For who may export.
    #[requires_session(scope = "reports:export")]
    #[prompt]
    async fn summary(&self) -> Result<GetPromptResult, ErrorData> {
        self.enter();
        Ok(said("summary"))
    }

    /// For everybody.
    #[prompt]
    async fn hello(&self) -> Result<GetPromptResult, ErrorData> {
        self.enter();
        Ok(said("hello"))
    }
}

#[tool_handler]
#[prompt_handler]
impl ServerHandler for Workshop {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .enable_completions()
            .build();
        ServerConfig::new(capabilities)
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(
            ["payroll://ada", "report://2026", "note://all"]
                .map(|uri| Resource::new(uri, uri))
                .to_vec(),
        ))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(
            ["payroll://{employee}", "report://{year}", "note://{topic}"]
                .map(|uri| ResourceTemplate::new(uri, uri))
                .to_vec(),
        ))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri;
        if !["payroll://", "report://", "note://"]
            .iter()
            .any(|scheme| uri.starts_with(scheme))
        {
            return Err(ErrorData::resource_not_found(
                format!("there is no {uri}"),
                Some(serde_json::json!({ "uri": uri })),
            ));
        }
        self.enter();
        Ok(ReadResourceResult::new(vec![ResourceContents::text("read", uri)]).into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let (Reference::Prompt(_) | Reference::Resource(_)) = &request.r#ref else {
            return Err(ErrorData::invalid_params("unknown reference", None));
        };
        let name = match &request.r#ref {
            Reference::Prompt(prompt) => &prompt.name,
            Reference::Resource(template) => &template.uri,
            _ => "",
        };
        if ![
            "advice",
            "summary",
            "hello",
            "payroll://{employee}",
            "note://{topic}",
        ]
        .contains(&name)
        {
            let text = format!("nothing to complete for {name}");
            return Err(ErrorData::invalid_params(text, None));
        }
        self.enter();
        let values = CompletionInfo::new(vec!["completed".to_owned()])
            .map_err(|text| ErrorData::internal_error(text, None))?;
        Ok(CompleteResult::new(values))
    }
}

/// The rules of resources, which carry no attributes.
pub(super) fn ruled(builder: ProviderBuilder) -> ProviderBuilder {
    builder.resource_rules([
        ("payroll://{employee}", Rule::role("admin")),
        ("report://{year}", Rule::scope("reports:export")),
    ])
}

pub(super) async fn workshop() -> (World, Workshop) {
    workshop_with(ruled).await
}

pub(super) async fn workshop_with(
    configure: impl FnOnce(ProviderBuilder) -> ProviderBuilder + 'static,
) -> (World, Workshop) {
    let handler = Workshop::default();
    let emulator = Emulator::builder()
        .custom_scope("reports:export")
        .custom_scope("reports:all")
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

/// A client of each era, with this token.
pub(super) async fn both(world: &World, token: TokenBuilder) -> [Wire; 2] {
    let token = token.build();
    [
        Wire::modern(world.mcp_url(), &token),
        Wire::legacy(world.mcp_url(), &token).await,
    ]
}
