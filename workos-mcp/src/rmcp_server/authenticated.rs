//! The handler wrapper: rmcp runs a handler in a task of its own, where the guard's task-local does not reach.

use std::{borrow::Cow, fmt, panic::AssertUnwindSafe};

use futures_util::FutureExt;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::tool::IntoCallToolResult,
    model::{
        CallToolRequestParams, CallToolResponse, CancelTaskParams, CancelledNotificationParam,
        CompleteRequestParams, CompleteResult, CustomNotification, CustomRequest, CustomResult,
        DiscoverResult, ErrorCode, Extensions, GetPromptRequestParams, GetPromptResponse,
        GetSkillRequestParams, GetSkillResult, GetTaskParams, GetTaskResult,
        InitializeRequestParams, InitializeResult, ListPromptsResult, ListResourceTemplatesResult,
        ListResourcesResult, ListSkillsResult, ListToolsResult, MetaObject, PaginatedRequestParams,
        ProgressNotificationParam, ProtocolVersion, ReadResourceDirectoryRequestParams,
        ReadResourceDirectoryResult, ReadResourceRequestParams, ReadResourceResponse, ServerConfig,
        SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
        UpdateTaskParams,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};

#[expect(
    deprecated,
    reason = "clients of the older protocol versions still set it"
)]
use rmcp::model::SetLevelRequestParams;

use super::{drain, metadata, outcome};
use crate::{
    context::{Context, outside},
    error::Error,
    provider::Provider,
};

/// An rmcp handler whose every method runs for the caller of its own request.
///
/// Made by [`Provider::protect`]. Each asynchronous method of the handler finds
/// [`session`](crate::session()) and its kin; when the request did not come through the guard of the same
/// provider, the method is not entered. The five synchronous ones, such as `get_info`, have no request.
///
/// What an attribute requires of a tool or a prompt is checked before the arguments are decoded. For that, `get_tool`
/// is asked before `call_tool`, and `list_prompts` before `get_prompt`.
#[derive(Clone)]
pub struct Authenticated<H> {
    handler: H,
    provider: Provider,
}

impl<H> Authenticated<H> {
    pub(super) fn new(handler: H, provider: Provider) -> Self {
        Self { handler, provider }
    }

    fn context(&self, extensions: &Extensions) -> Result<Context, Error> {
        let context = outcome::context(extensions).inspect_err(|_| {
            tracing::error!(
                "refused: a request reached a protected handler without passing `Provider::layer`"
            );
        })?;
        // Another provider's guard vouches for other tokens.
        if !context.is_of(&self.provider) {
            tracing::error!(
                "refused: a request reached a protected handler through the layer of another provider"
            );
            return Err(Error::session_not_initialized());
        }
        context.principal()?;
        Ok(context.clone())
    }

    /// A notification has no answer that could refuse it.
    fn notified(&self, extensions: &Extensions, method: &str) -> Option<Context> {
        self.context(extensions)
            .inspect_err(|error| tracing::warn!(method, %error, "dropped a notification"))
            .ok()
    }
}

impl<H: ServerHandler> Authenticated<H> {
    /// The metadata of a prompt. rmcp has no look-up of a single one, so the list is asked, page by page.
    async fn prompt_metadata(
        &self,
        name: &str,
        current: &Context,
        context: &RequestContext<RoleServer>,
    ) -> Option<MetaObject> {
        let mut page = None;
        for _ in 0..MOST_PAGES {
            let list = || self.handler.list_prompts(page.take(), context.clone());
            let list = current.clone().run(list).await.ok()?;
            if let Some(prompt) = list.prompts.into_iter().find(|prompt| prompt.name == name) {
                return prompt.meta;
            }
            page = Some(PaginatedRequestParams::default().with_cursor(Some(list.next_cursor?)));
        }
        None
    }
}

/// A handler whose pages never end must not keep a call from being answered; its own guards still stand.
const MOST_PAGES: usize = 100;

impl<H> fmt::Debug for Authenticated<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated").finish_non_exhaustive()
    }
}

/// rmcp never answers a call whose handler panicked; its client would wait for as long as it waits.
async fn answered<T>(handler: impl Future<Output = Result<T, ErrorData>>) -> Result<T, ErrorData> {
    AssertUnwindSafe(handler)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            tracing::error!("a handler panicked");
            Err(ErrorData::internal_error(
                "the call failed unexpectedly",
                None,
            ))
        })
}

macro_rules! requests {
    ($($(#[$attribute:meta])* $method:ident($params:ty) -> $result:ty;)*) => {$(
        $(#[$attribute])*
        async fn $method(
            &self,
            params: $params,
            context: RequestContext<RoleServer>,
        ) -> Result<$result, ErrorData> {
            let current = self.context(&context.extensions)?;
            answered(current.run(|| self.handler.$method(params, context))).await
        }
    )*};
}

macro_rules! notifications {
    ($($method:ident($params:ty);)*) => {$(
        async fn $method(&self, params: $params, context: NotificationContext<RoleServer>) {
            if let Some(current) = self.notified(&context.extensions, stringify!($method)) {
                current.run(|| self.handler.$method(params, context)).await;
            }
        }
    )*};
}

// A method that is missing here would answer with rmcp's default instead of the handler's.
#[deny(clippy::missing_trait_methods)]
#[expect(
    deprecated,
    reason = "handlers of older clients still implement `subscribe` and `unsubscribe`"
)]
impl<H: ServerHandler> ServerHandler for Authenticated<H> {
    requests! {
        initialize(InitializeRequestParams) -> InitializeResult;
        complete(CompleteRequestParams) -> CompleteResult;
        set_level(SetLevelRequestParams) -> ();
        list_resources(Option<PaginatedRequestParams>) -> ListResourcesResult;
        list_resource_templates(Option<PaginatedRequestParams>) -> ListResourceTemplatesResult;
        read_resource(ReadResourceRequestParams) -> ReadResourceResponse;
        subscribe(SubscribeRequestParams) -> ();
        unsubscribe(UnsubscribeRequestParams) -> ();
        get_task(GetTaskParams) -> GetTaskResult;
        update_task(UpdateTaskParams) -> ();
        cancel_task(CancelTaskParams) -> ();
        list_skills(Option<PaginatedRequestParams>) -> ListSkillsResult;
        get_skill(GetSkillRequestParams) -> GetSkillResult;
        read_resource_directory(ReadResourceDirectoryRequestParams) -> ReadResourceDirectoryResult;
    }

    notifications! {
        on_cancelled(CancelledNotificationParam);
        on_progress(ProgressNotificationParam);
        on_custom_notification(CustomNotification);
    }

    async fn ping(&self, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        let current = self.context(&context.extensions)?;
        answered(current.run(|| self.handler.ping(context))).await
    }

    async fn discover(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<DiscoverResult, ErrorData> {
        let current = self.context(&context.extensions)?;
        answered(current.run(|| self.handler.discover(context))).await
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let admitted = self.context(&context.extensions).and_then(|current| {
            // Before rmcp decodes the arguments, so that who may not call does not hear what they should be.
            let tool = self.get_tool(&params.name);
            metadata::check(
                tool.as_ref().and_then(|tool| tool.meta.as_ref()),
                current.session()?,
            )?;
            Ok(current)
        });
        match admitted {
            Ok(current) => answered(current.run(|| self.handler.call_tool(params, context))).await,
            Err(error) => error.into_call_tool_result(),
        }
    }

    async fn list_tools(
        &self,
        params: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let current = self.context(&context.extensions)?;
        let mut list = answered(current.run(|| self.handler.list_tools(params, context))).await?;
        metadata::strip_tools(&mut list.tools);
        Ok(list)
    }

    async fn get_prompt(
        &self,
        params: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let current = self.context(&context.extensions)?;
        let carried = self.prompt_metadata(&params.name, &current, &context).await;
        metadata::check(carried.as_ref(), current.session()?)?;
        answered(current.run(|| self.handler.get_prompt(params, context))).await
    }

    async fn list_prompts(
        &self,
        params: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let current = self.context(&context.extensions)?;
        let mut list = answered(current.run(|| self.handler.list_prompts(params, context))).await?;
        metadata::strip_prompts(&mut list.prompts);
        Ok(list)
    }

    async fn listen(&self, subscription: SubscriptionContext) -> Result<(), ErrorData> {
        let extensions = &subscription.request_context().extensions;
        let current = self.context(extensions)?;
        drain::release(extensions);
        answered(current.run(|| self.handler.listen(subscription))).await
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        // rmcp takes a standard request that it cannot parse for a custom one; no rule would see it.
        let method = &*request.method;
        let modern = context
            .protocol_version()
            .is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        if REMOVED_METHODS.contains(&method) && modern {
            return Err(ErrorData::new(
                ErrorCode::METHOD_NOT_FOUND,
                request.method,
                None,
            ));
        }
        if STANDARD_METHODS.contains(&method) {
            return Err(ErrorData::invalid_params(
                "the parameters do not fit the method",
                None,
            ));
        }
        let current = self.context(&context.extensions)?;
        answered(current.run(|| self.handler.on_custom_request(request, context))).await
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        if let Some(current) = self.notified(&context.extensions, "on_initialized") {
            current.run(|| self.handler.on_initialized(context)).await;
        }
    }

    async fn on_roots_list_changed(&self, context: NotificationContext<RoleServer>) {
        if let Some(current) = self.notified(&context.extensions, "on_roots_list_changed") {
            current
                .run(|| self.handler.on_roots_list_changed(context))
                .await;
        }
    }

    fn get_info(&self) -> ServerConfig {
        outside(|| self.handler.get_info())
    }

    fn negotiate_initialize(
        &self,
        params: &InitializeRequestParams,
    ) -> Result<InitializeResult, ErrorData> {
        outside(|| self.handler.negotiate_initialize(params))
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        outside(|| self.handler.supported_protocol_versions())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        outside(|| self.handler.accepted_subscription_filter(requested))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        outside(|| self.handler.get_tool(name))
    }
}

/// What 2026-07-28 has no more. A request for one says so, whatever its parameters are.
const REMOVED_METHODS: [&str; 5] = [
    "initialize",
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
];

/// All that rmcp knows. `tasks/result` and `tasks/list`, which it does not, are a handler's own to answer.
const STANDARD_METHODS: [&str; 21] = [
    "initialize",
    "ping",
    "server/discover",
    "completion/complete",
    "logging/setLevel",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "resources/directory/read",
    "subscriptions/listen",
    "tools/call",
    "tools/list",
    "tasks/get",
    "tasks/update",
    "tasks/cancel",
    "skills/list",
    "skills/get",
];
