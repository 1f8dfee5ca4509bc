//! Every method of the wrapped handler: run for the caller of its own request, where that caller may run it.

use std::{borrow::Cow, collections::BTreeSet};

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

use super::{
    authenticated::{Authenticated, answered},
    drain, lists, metadata,
    rules::{Caller, Standing, needs_of_resource},
    standard::{REMOVED_METHODS, STANDARD_METHODS},
    tasks::{self, Told},
    unknown,
};
use crate::{
    authority::Resolved,
    context::{Context, outside},
    error::Error,
    http::stream_expiry,
    rule::told,
};

fn told_to<T>(error: Error) -> Result<T, ErrorData> {
    Err(error.into())
}

macro_rules! requests {
    ($($(#[$attribute:meta])* $method:ident($params:ty) -> $result:ty, $admitted:path;)*) => {$(
        $(#[$attribute])*
        async fn $method(
            &self,
            params: $params,
            context: RequestContext<RoleServer>,
        ) -> Result<$result, ErrorData> {
            let caller = self.caller(&context.extensions).await?;
            let current = $admitted(caller)?.let_in();
            Box::pin(answered(current.run(|| self.handler.$method(params, context)))).await
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
            let caller = self.asking(&context).await?;
            let current = caller.clone().let_in();
            let is_first = params.as_ref().is_none_or(|params| params.cursor.is_none());
            let run = current.run(|| self.handler.$method(params, context));
            let mut list = Box::pin(answered(run)).await?;
            Box::pin(lists::fit(&mut list, is_first, &caller, &self.provider)).await;
            Ok(list)
        }
    )*};
}

macro_rules! resources {
    ($($(#[$attribute:meta])* $method:ident($params:ty) -> $result:ty, $unknown:path;)*) => {$(
        $(#[$attribute])*
        async fn $method(
            &self,
            params: $params,
            context: RequestContext<RoleServer>,
        ) -> Result<$result, ErrorData> {
            let caller = self.asking(&context).await?;
            let named = self.named_resource(&params.uri, $unknown(&params.uri));
            let run = || self.handler.$method(params, context);
            Box::pin(caller.named(named, told_to, run)).await
        }
    )*};
}

macro_rules! tasks {
    ($($method:ident($params:ty) -> $result:ty;)*) => {$(
        async fn $method(
            &self,
            mut params: $params,
            context: RequestContext<RoleServer>,
        ) -> Result<$result, ErrorData> {
            let caller = self.caller(&context.extensions).await?.signed_in()?;
            let named = params.task_id;
            params.task_id = tasks::open(&named, &caller, &self.provider)?;
            let id = params.task_id.clone();
            let current = caller.let_in();
            let run = current.run(|| self.handler.$method(params, context));
            match Box::pin(answered(run)).await {
                Ok(answer) => Ok(answer.told(named)),
                // The handler says it of its own id, if it does not know the task any more.
                Err(error) if error == unknown::task(&id) => Err(unknown::task(&named)),
                Err(error) => Err(error),
            }
        }
    )*};
}

macro_rules! notifications {
    ($($method:ident($params:ty);)*) => {$(
        async fn $method(&self, params: $params, context: NotificationContext<RoleServer>) {
            if let Some(current) = self.notified(&context.extensions, stringify!($method)).await {
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
        initialize(InitializeRequestParams) -> InitializeResult, Ok::<_, Error>;
        set_level(SetLevelRequestParams) -> (), Caller::signed_in;
    }

    lists! {
        list_tools -> ListToolsResult;
        list_prompts -> ListPromptsResult;
        list_resources -> ListResourcesResult;
        list_resource_templates -> ListResourceTemplatesResult;
        list_skills -> ListSkillsResult;
    }

    resources! {
        read_resource(ReadResourceRequestParams) -> ReadResourceResponse, unknown::resource;
        subscribe(SubscribeRequestParams) -> (), unknown::resource;
        unsubscribe(UnsubscribeRequestParams) -> (), unknown::resource;
        get_skill(GetSkillRequestParams) -> GetSkillResult, unknown::skill;
    }

    tasks! {
        get_task(GetTaskParams) -> GetTaskResult;
        update_task(UpdateTaskParams) -> ();
        cancel_task(CancelTaskParams) -> ();
    }

    notifications! {
        on_cancelled(CancelledNotificationParam);
        on_progress(ProgressNotificationParam);
        on_custom_notification(CustomNotification);
    }

    async fn ping(&self, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        let current = self.caller(&context.extensions).await?.let_in();
        answered(current.run(|| self.handler.ping(context))).await
    }

    async fn discover(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<DiscoverResult, ErrorData> {
        let current = self.caller(&context.extensions).await?.let_in();
        answered(current.run(|| self.handler.discover(context))).await
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = match self.calling(&context).await {
            Ok(caller) => caller,
            Err(error) => return error.into_call_tool_result(),
        };
        let named = self.named_tool(&params.name)?;
        if !caller.is_signed_in() {
            return Box::pin(self.call_for_stranger(named, caller, params, context)).await;
        }
        // In two steps, between which the parameters lie in this future only.
        let answer = match caller.admission(&named).await {
            Ok(()) => {
                let run = || self.handler.call_tool(params, context);
                caller.answer(&named, run).await
            }
            Err(turned_away) => Err(turned_away),
        };
        let mut response =
            answer.or_else(|turned_away| turned_away.told(|error| caller.refused_call(error)))?;
        tasks::bind(&mut response, &caller, &self.provider)?;
        Ok(response)
    }

    async fn get_prompt(
        &self,
        params: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let caller = self.asking(&context).await?;
        let prompts = Box::pin(self.prompts(&caller, &context)).await?;
        let name = params.name.clone();
        let named = self.named_prompt(&name, &prompts);
        let unknown = named.unknown.clone();
        let run = || self.handler.get_prompt(params, context);
        match Box::pin(caller.named(named, told_to, run)).await {
            // Which others there are is found out for this answer only: no other waits for it.
            Err(error) if error == unknown => {
                Err(Box::pin(self.unknown_prompt(&name, &prompts, &caller)).await)
            }
            answer => answer,
        }
    }

    async fn complete(
        &self,
        params: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let caller = self.asking(&context).await?;
        let named = Box::pin(self.named_reference(&params.r#ref, &caller, &context)).await?;
        let run = || self.handler.complete(params, context);
        match Box::pin(caller.named(named, told_to, run)).await {
            // As rmcp's own `complete` answers for what it knows nothing of.
            Err(error) if error == unknown::reference() => Ok(CompleteResult::default()),
            answer => answer,
        }
    }

    async fn read_resource_directory(
        &self,
        params: ReadResourceDirectoryRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceDirectoryResult, ErrorData> {
        let caller = self.asking(&context).await?;
        let named = self.named_resource(&params.uri, unknown::resource(&params.uri));
        let run = || self.handler.read_resource_directory(params, context);
        let mut list = Box::pin(caller.named(named, told_to, run)).await?;
        Box::pin(lists::fit(&mut list, true, &caller, &self.provider)).await;
        Ok(list)
    }

    async fn listen(&self, subscription: SubscriptionContext) -> Result<(), ErrorData> {
        let extensions = &subscription.request_context().extensions;
        let caller = self.caller(extensions).await?.signed_in()?;
        drain::release(extensions);
        // rmcp has acknowledged the subscription by now. One to what is hidden hears nothing, as of what is not there.
        let uris: BTreeSet<_> = subscription
            .accepted()
            .resource_subscriptions
            .iter()
            .flatten()
            .collect();
        if uris.len() > MOST_SUBSCRIPTIONS {
            return Err(ErrorData::invalid_params(
                "too many resources in one subscription",
                None,
            ));
        }
        let needs: Vec<_> = uris
            .into_iter()
            .flat_map(|uri| needs_of_resource(uri, &self.provider).to_vec())
            .collect();
        let is_hidden = match caller.standing("subscriptions/listen", &needs).await {
            Standing::Open => false,
            Standing::Hidden => true,
            Standing::Refused(error) => return Err(error.into()),
        };
        let current = caller.let_in();
        let expiry = stream_expiry(&current, &self.provider);
        let listening = async {
            if is_hidden {
                subscription.cancelled().await;
                Ok(())
            } else {
                answered(current.run(|| self.handler.listen(subscription))).await
            }
        };
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
        let caller = self.asking(&context).await?;
        let is_modern = caller.is_modern;
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
        let current = caller.signed_in()?.let_in();
        answered(current.run(|| self.handler.on_custom_request(request, context))).await
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        if let Some(current) = self.notified(&context.extensions, "on_initialized").await {
            current.run(|| self.handler.on_initialized(context)).await;
        }
    }

    async fn on_roots_list_changed(&self, context: NotificationContext<RoleServer>) {
        if let Some(current) = self
            .notified(&context.extensions, "on_roots_list_changed")
            .await
        {
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
        let mut tool = self.looked_up(name).ok()??;
        let needs = self.noticed(name, Some(&tool));
        metadata::strip(&mut tool);
        if needs.is_empty() {
            return Some(tool);
        }
        let context = Context::current().ok()?;
        if !context.is_of(&self.provider) {
            return None;
        }
        let asks = |principal| told(&context, principal, needs.iter(), &Resolved::default());
        let known = match context.principal() {
            Ok(principal) if asks(principal).is_err() => context.known_now(principal),
            _ => Resolved::default(),
        };
        Caller::may_see(&context, &needs, &known).then_some(tool)
    }
}

/// Each is compared with every rule before the subscription begins.
const MOST_SUBSCRIPTIONS: usize = 256;
