//! Every method of the wrapped handler: run for the caller of its own request, where that caller may run it.

use std::borrow::Cow;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::tool::IntoCallToolResult,
    model::{
        CallToolRequestParams, CallToolResponse, CancelTaskParams, CancelledNotificationParam,
        CompleteRequestParams, CompleteResult, CustomNotification, CustomRequest, CustomResult,
        DiscoverResult, ErrorCode, GetPromptRequestParams, GetPromptResponse,
        GetSkillRequestParams, GetSkillResult, GetTaskParams, GetTaskResult,
        InitializeRequestParams, InitializeResult, ListPromptsResult, ListResourceTemplatesResult,
        ListResourcesResult, ListSkillsResult, ListToolsResult, PaginatedRequestParams,
        ProgressNotificationParam, ProtocolVersion, ReadResourceDirectoryRequestParams,
        ReadResourceDirectoryResult, ReadResourceRequestParams, ReadResourceResponse, Reference,
        ServerConfig, SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
        UpdateTaskParams,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};
use serde_json::Value;

#[expect(
    deprecated,
    reason = "clients of the older protocol versions still set it"
)]
use rmcp::model::SetLevelRequestParams;

use super::{
    authenticated::{Authenticated, answered},
    drain, lists, metadata,
    rules::{Caller, Standing, needs_of_resource},
    tasks::{self, NamedTask},
};
use crate::{
    context::{Context, outside},
    error::Error,
    http::stream_expiry,
};

/// rmcp's prompt router answers an unknown name with all the names there are.
const AVAILABLE_PROMPTS: &str = "available_prompts";

fn told_to<T>(error: Error) -> Result<T, ErrorData> {
    Err(error.into())
}

macro_rules! requests {
    ($($(#[$attribute:meta])* $method:ident($params:ty) -> $result:ty;)*) => {$(
        $(#[$attribute])*
        async fn $method(
            &self,
            params: $params,
            context: RequestContext<RoleServer>,
        ) -> Result<$result, ErrorData> {
            let current = Caller::of(&context.extensions, &self.provider)?.let_in();
            answered(current.run(|| self.handler.$method(params, context))).await
        }
    )*};
}

macro_rules! lists {
    ($($method:ident -> $result:ty;)*) => {$(
        async fn $method(
            &self,
            params: Option<PaginatedRequestParams>,
            context: RequestContext<RoleServer>,
        ) -> Result<$result, ErrorData> {
            let caller = Caller::asking(&context, &self.provider)?;
            let current = caller.clone().let_in();
            let mut list = answered(current.run(|| self.handler.$method(params, context))).await?;
            lists::fit(&mut list, &caller, &self.provider).await;
            Ok(list)
        }
    )*};
}

macro_rules! resources {
    ($($(#[$attribute:meta])* $method:ident($params:ty) -> $result:ty;)*) => {$(
        $(#[$attribute])*
        async fn $method(
            &self,
            mut params: $params,
            context: RequestContext<RoleServer>,
        ) -> Result<$result, ErrorData> {
            let caller = Caller::asking(&context, &self.provider)?;
            let uri = std::mem::take(&mut params.uri);
            let needs = needs_of_resource(&uri, &self.provider);
            let run = |uri| {
                params.uri = uri;
                self.handler.$method(params, context)
            };
            self.named(uri, &needs, &caller, told_to, run).await
        }
    )*};
}

macro_rules! tasks {
    ($($method:ident($params:ty) -> $result:ty, $tell:expr;)*) => {$(
        async fn $method(
            &self,
            mut params: $params,
            context: RequestContext<RoleServer>,
        ) -> Result<$result, ErrorData> {
            let caller = Caller::of(&context.extensions, &self.provider)?;
            let named = std::mem::take(&mut params.task_id);
            let task = NamedTask::of(named, &caller, &self.provider)?;
            params.task_id.clone_from(&task.id);
            let current = caller.let_in();
            let answer = answered(current.run(|| self.handler.$method(params, context))).await;
            task.told(answer).map(|answer| $tell(&task, answer))
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
        set_level(SetLevelRequestParams) -> ();
        list_skills(Option<PaginatedRequestParams>) -> ListSkillsResult;
    }

    lists! {
        list_tools -> ListToolsResult;
        list_prompts -> ListPromptsResult;
        list_resources -> ListResourcesResult;
        list_resource_templates -> ListResourceTemplatesResult;
    }

    resources! {
        read_resource(ReadResourceRequestParams) -> ReadResourceResponse;
        subscribe(SubscribeRequestParams) -> ();
        unsubscribe(UnsubscribeRequestParams) -> ();
        get_skill(GetSkillRequestParams) -> GetSkillResult;
        read_resource_directory(ReadResourceDirectoryRequestParams) -> ReadResourceDirectoryResult;
    }

    tasks! {
        get_task(GetTaskParams) -> GetTaskResult, NamedTask::tell;
        update_task(UpdateTaskParams) -> (), |_, ()| ();
        cancel_task(CancelTaskParams) -> (), |_, ()| ();
    }

    notifications! {
        on_cancelled(CancelledNotificationParam);
        on_progress(ProgressNotificationParam);
        on_custom_notification(CustomNotification);
    }

    async fn ping(&self, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        let current = Caller::of(&context.extensions, &self.provider)?.let_in();
        answered(current.run(|| self.handler.ping(context))).await
    }

    async fn discover(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<DiscoverResult, ErrorData> {
        let current = Caller::of(&context.extensions, &self.provider)?.let_in();
        answered(current.run(|| self.handler.discover(context))).await
    }

    async fn call_tool(
        &self,
        mut params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = match Caller::asking(&context, &self.provider) {
            Ok(caller) => caller,
            Err(error) => return error.into_call_tool_result(),
        };
        let name = std::mem::take(&mut params.name).into_owned();
        let (needs, is_known) = self.tool_needs(&name);
        if !is_known && needs.is_empty() {
            caller.ask(self.provider.noticed().asked()).await;
        }
        let run = |name: String| {
            params.name = name.into();
            self.handler.call_tool(params, context)
        };
        let mut response = self
            .named(name, &needs, &caller, Error::into_call_tool_result, run)
            .await?;
        tasks::bind(&mut response, &caller, &self.provider)?;
        Ok(response)
    }

    async fn get_prompt(
        &self,
        mut params: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let caller = Caller::asking(&context, &self.provider)?;
        let name = std::mem::take(&mut params.name);
        let prompts = self.prompts(&caller, &context).await;
        let known = if prompts.contains_key(&name) {
            None
        } else {
            // As long as it takes for a prompt that the caller may not know of.
            Some(caller.known(prompts.values()).await)
        };
        let needs = self.prompt_needs(&name, &prompts);
        let run = |name| {
            params.name = name;
            self.handler.get_prompt(params, context)
        };
        let mut answer = self.named(name, &needs, &caller, told_to, run).await;
        if let Err(ErrorData {
            data: Some(data), ..
        }) = &mut answer
            && let Some(Value::Array(names)) = data.get_mut(AVAILABLE_PROMPTS)
        {
            let known = match known {
                Some(known) => known,
                None => caller.known(prompts.values()).await,
            };
            names.retain(|name| {
                let needs = name.as_str().and_then(|name| prompts.get(name));
                needs.is_none_or(|needs| caller.sees(needs, &known))
            });
        }
        answer
    }

    async fn complete(
        &self,
        mut params: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let caller = Caller::asking(&context, &self.provider)?;
        let (name, needs) = match &mut params.r#ref {
            Reference::Prompt(prompt) => {
                let name = std::mem::take(&mut prompt.name);
                let prompts = self.prompts(&caller, &context).await;
                let needs = self.prompt_needs(&name, &prompts);
                (name, needs)
            }
            Reference::Resource(template) => {
                let uri = std::mem::take(&mut template.uri);
                let needs = needs_of_resource(&uri, &self.provider);
                (uri, needs)
            }
            // No rule is known for whatever comes after rmcp 3.11.
            _ => return Err(ErrorData::invalid_params("unknown reference", None)),
        };
        let run = |name| {
            match &mut params.r#ref {
                Reference::Prompt(prompt) => prompt.name = name,
                Reference::Resource(template) => template.uri = name,
                _ => {}
            }
            self.handler.complete(params, context)
        };
        self.named(name, &needs, &caller, told_to, run).await
    }

    async fn listen(&self, subscription: SubscriptionContext) -> Result<(), ErrorData> {
        let extensions = &subscription.request_context().extensions;
        let caller = Caller::of(extensions, &self.provider)?;
        drain::release(extensions);
        // rmcp has acknowledged the subscription by now; it ends instead of telling of what is hidden.
        for uri in subscription
            .accepted()
            .resource_subscriptions
            .iter()
            .flatten()
        {
            let needs = needs_of_resource(uri, &self.provider);
            match caller.standing(&needs).await {
                Standing::Open => {}
                Standing::Hidden => {
                    return Err(ErrorData::resource_not_found("resource not found", None));
                }
                Standing::Refused(error) => return Err(error.into()),
            }
        }
        let current = caller.let_in();
        let expiry = stream_expiry(&current, &self.provider);
        let listening = answered(current.run(|| self.handler.listen(subscription)));
        // A subscription does not outlive the token that opened it.
        tokio::select! {
            ended = listening => ended,
            () = expiry => Ok(()),
        }
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let caller = Caller::asking(&context, &self.provider)?;
        let is_modern = caller.is_modern;
        let current = caller.let_in();
        // rmcp takes a standard request that it cannot parse for a custom one; no rule would see it.
        let method = &*request.method;
        if REMOVED_METHODS.contains(&method) && is_modern {
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

    /// rmcp compares the headers of a call with the tool's schema, before the call. A tool that the caller may not
    /// know of has none.
    fn get_tool(&self, name: &str) -> Option<Tool> {
        let mut tool = outside(|| self.handler.get_tool(name))?;
        let needs = self.noticed(name, Some(&tool));
        metadata::strip(&mut tool);
        if needs.is_empty() {
            return Some(tool);
        }
        let context = Context::current().ok()?;
        let session = context.is_of(&self.provider).then(|| context.session())?;
        let known = context.known_now(session.ok()?);
        Caller::may_see(&context, &needs, &known).then_some(tool)
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
