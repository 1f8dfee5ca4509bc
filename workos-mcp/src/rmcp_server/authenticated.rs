//! The handler wrapper: rmcp runs a handler in a task of its own, where the guard's task-local does not reach.

use std::{borrow::Cow, collections::HashMap, fmt, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::tool::IntoCallToolResult,
    model::{
        CallToolRequestParams, CallToolResponse, CancelTaskParams, CancelledNotificationParam,
        CompleteRequestParams, CompleteResult, CustomNotification, CustomRequest, CustomResult,
        DiscoverResult, Extensions, GetPromptRequestParams, GetPromptResponse,
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
    drain,
    lists::{self, List},
    metadata,
    rules::{Caller, FinalAnswer, Needs, Remembered, Standing, needs, needs_of_resource},
    unknown::{Answer, StandIn},
};
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
/// Rules are checked before the arguments are decoded. For that, `get_tool` is asked before `call_tool`, and
/// `list_prompts` before `get_prompt`; the rule of a tool is taken to stay the same for as long as the handler lives.
#[derive(Clone)]
pub struct Authenticated<H> {
    handler: H,
    provider: Provider,
    rules: Remembered,
}

impl<H> Authenticated<H> {
    pub(super) fn new(handler: H, provider: Provider) -> Self {
        Self {
            handler,
            provider,
            rules: Remembered::default(),
        }
    }

    fn caller(&self, extensions: &Extensions) -> Result<Caller, Error> {
        Caller::of(extensions, &self.provider)
    }

    /// A notification has no answer that could refuse it.
    fn notified(&self, extensions: &Extensions, method: &str) -> Option<Context> {
        self.caller(extensions)
            .inspect_err(|error| tracing::warn!(method, %error, "dropped a notification"))
            .ok()
            .map(Caller::let_in)
    }
}

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

impl<H: ServerHandler> Authenticated<H> {
    /// Answers a request that names something with rules.
    async fn named<T, F>(
        &self,
        name: String,
        needs: &Needs,
        caller: &Caller,
        refused: impl FnOnce(Error) -> Result<T, ErrorData>,
        run: impl FnOnce(String) -> F,
    ) -> Result<T, ErrorData>
    where
        T: Answer + FinalAnswer,
        F: Future<Output = Result<T, ErrorData>>,
    {
        let current = caller.context().clone();
        match caller.standing(needs).await {
            Standing::Open => {
                let answer = answered(current.run(|| run(name))).await;
                caller.refused_late(&answer);
                answer
            }
            Standing::Hidden => {
                let stand_in = StandIn::draw()?;
                let answer = answered(current.run(|| run(stand_in.name()))).await;
                stand_in.disguised(answer, &name)
            }
            Standing::Refused(error) => refused(error),
        }
    }

    /// The rules of a tool, and whether the handler knows of it.
    fn tool_needs(&self, name: &str) -> (Needs, bool) {
        if let Some(needs) = self.rules.get(name) {
            return (needs, true);
        }
        let tool = outside(|| self.handler.get_tool(name));
        (self.noticed(name, tool.as_ref()), tool.is_some())
    }

    fn noticed(&self, name: &str, tool: Option<&Tool>) -> Needs {
        let metadata = tool.and_then(|tool| tool.meta.as_ref());
        let needs = needs(metadata, name, &self.provider.config().rules.tools);
        if let Some(tool) = tool {
            self.rules.insert(name, &needs);
            self.provider.noticed().tool(tool, &needs);
        }
        needs
    }

    /// All prompts by name, with their rules. rmcp has no look-up of a single one, so the list is asked, page by page.
    async fn prompts(
        &self,
        caller: &Caller,
        context: &RequestContext<RoleServer>,
    ) -> HashMap<String, Needs> {
        let mut prompts = HashMap::new();
        let mut page = None;
        for _ in 0..MOST_PAGES {
            let list = || self.handler.list_prompts(page.take(), context.clone());
            let Ok(list) = caller.context().clone().run(list).await else {
                break;
            };
            prompts.extend(list.prompts.into_iter().map(|prompt| {
                let needs = ListPromptsResult::needs(&prompt, &self.provider);
                (prompt.name, needs)
            }));
            let Some(cursor) = list.next_cursor else {
                break;
            };
            page = Some(PaginatedRequestParams::default().with_cursor(Some(cursor)));
        }
        prompts
    }

    fn prompt_needs(&self, name: &str, prompts: &HashMap<String, Needs>) -> Needs {
        prompts.get(name).cloned().unwrap_or_else(|| {
            // A prompt that is not listed may be served all the same.
            needs(None, name, &self.provider.config().rules.prompts)
        })
    }

    async fn fitted<L: List>(&self, mut list: L, caller: &Caller, speaks_cache_scope: bool) -> L {
        lists::fit(&mut list, caller, &self.provider, speaks_cache_scope).await;
        list
    }
}

/// A handler whose pages never end must not keep a call from being answered; its own guards still stand.
const MOST_PAGES: usize = 100;

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
            let current = self.caller(&context.extensions)?.let_in();
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
            let caller = self.caller(&context.extensions)?;
            let current = caller.clone().let_in();
            let speaks_cache_scope = lists::speaks_cache_scope(&context);
            let list = answered(current.run(|| self.handler.$method(params, context))).await?;
            Ok(self.fitted(list, &caller, speaks_cache_scope).await)
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
            let caller = self.caller(&context.extensions)?;
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
        get_task(GetTaskParams) -> GetTaskResult;
        update_task(UpdateTaskParams) -> ();
        cancel_task(CancelTaskParams) -> ();
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

    notifications! {
        on_cancelled(CancelledNotificationParam);
        on_progress(ProgressNotificationParam);
        on_custom_notification(CustomNotification);
    }

    async fn ping(&self, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        let current = self.caller(&context.extensions)?.let_in();
        answered(current.run(|| self.handler.ping(context))).await
    }

    async fn discover(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<DiscoverResult, ErrorData> {
        let current = self.caller(&context.extensions)?.let_in();
        answered(current.run(|| self.handler.discover(context))).await
    }

    async fn call_tool(
        &self,
        mut params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = match self.caller(&context.extensions) {
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
        self.named(name, &needs, &caller, Error::into_call_tool_result, run)
            .await
    }

    async fn get_prompt(
        &self,
        mut params: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let caller = self.caller(&context.extensions)?;
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
        let caller = self.caller(&context.extensions)?;
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
        let caller = self.caller(extensions)?;
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
        answered(current.run(|| self.handler.listen(subscription))).await
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        // rmcp takes a standard request that it cannot parse for a custom one; no rule would see it.
        if STANDARD_METHODS.contains(&&*request.method) {
            return Err(ErrorData::invalid_params(
                "the parameters do not fit the method",
                None,
            ));
        }
        let current = self.caller(&context.extensions)?.let_in();
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

const STANDARD_METHODS: [&str; 22] = [
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
    "tasks/result",
    "skills/list",
    "skills/get",
];
