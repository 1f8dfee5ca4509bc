//! A handler that implements every method of rmcp's trait and records who each ran for.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex},
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams,
        CancelledNotificationParam, CompleteRequestParams, CompleteResult, ContentBlock,
        CustomNotification, CustomRequest, CustomResult, DiscoverResult, GetPromptRequestParams,
        GetPromptResponse, GetPromptResult, GetSkillRequestParams, GetSkillResult, GetTaskParams,
        GetTaskResult, InitializeRequestParams, InitializeResult, ListPromptsResult,
        ListResourceTemplatesResult, ListResourcesResult, ListSkillsResult, ListToolsResult,
        PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
        ReadResourceDirectoryRequestParams, ReadResourceDirectoryResult, ReadResourceRequestParams,
        ReadResourceResponse, ReadResourceResult, ServerCapabilities, ServerConfig,
        SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
        UpdateTaskParams,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
    task_manager::{TaskManager, TaskOptions},
};
use serde_json::json;
use tokio::sync::Notify;

use crate::who;

#[derive(Clone, Default)]
pub struct Recorder {
    seen: Arc<Mutex<Vec<(String, String)>>>,
    more: Arc<Notify>,
    tasks: Arc<TaskManager>,
}

impl Recorder {
    fn record(&self, method: &str) {
        self.seen.lock().unwrap().push((method.to_owned(), who()));
        self.more.notify_waiters();
    }

    /// Who the method ran for, each time it ran.
    pub fn ran_for(&self, method: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|(seen, _)| seen == method)
            .map(|(_, who)| who.clone())
            .collect()
    }

    /// Waits until the method has run.
    pub async fn has_run(&self, method: &str) {
        loop {
            let more = self.more.notified();
            if !self.ran_for(method).is_empty() {
                return;
            }
            more.await;
        }
    }
}

type Request = RequestContext<RoleServer>;
type Notification = NotificationContext<RoleServer>;

#[deny(clippy::missing_trait_methods)]
#[expect(
    deprecated,
    reason = "`subscribe`, `unsubscribe` and `set_level` are recorded too"
)]
impl ServerHandler for Recorder {
    async fn ping(&self, _: Request) -> Result<(), ErrorData> {
        self.record("ping");
        Ok(())
    }

    async fn initialize(
        &self,
        params: InitializeRequestParams,
        context: Request,
    ) -> Result<InitializeResult, ErrorData> {
        self.record("initialize");
        context.peer.set_peer_info(params.clone());
        self.negotiate_initialize(&params)
    }

    async fn discover(&self, _: Request) -> Result<DiscoverResult, ErrorData> {
        self.record("discover");
        Ok(DiscoverResult::from_server_info(
            self.supported_protocol_versions().into_owned(),
            self.get_info(),
        ))
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: Request,
    ) -> Result<CompleteResult, ErrorData> {
        self.record("complete");
        Ok(CompleteResult::default())
    }

    async fn set_level(
        &self,
        _: rmcp::model::SetLevelRequestParams,
        _: Request,
    ) -> Result<(), ErrorData> {
        self.record("set_level");
        Ok(())
    }

    async fn get_prompt(
        &self,
        _: GetPromptRequestParams,
        _: Request,
    ) -> Result<GetPromptResponse, ErrorData> {
        self.record("get_prompt");
        Ok(GetPromptResult::new(Vec::new()).into())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Request,
    ) -> Result<ListPromptsResult, ErrorData> {
        self.record("list_prompts");
        Ok(ListPromptsResult::default())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Request,
    ) -> Result<ListResourcesResult, ErrorData> {
        self.record("list_resources");
        Ok(ListResourcesResult::default())
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Request,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        self.record("list_resource_templates");
        Ok(ListResourceTemplatesResult::default())
    }

    async fn read_resource(
        &self,
        _: ReadResourceRequestParams,
        _: Request,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.record("read_resource");
        Ok(ReadResourceResult::new(Vec::new()).into())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        self.record("accepted_subscription_filter");
        Some(requested.clone())
    }

    async fn listen(&self, subscription: SubscriptionContext) -> Result<(), ErrorData> {
        self.record("listen");
        subscription.cancelled().await;
        Ok(())
    }

    async fn subscribe(&self, _: SubscribeRequestParams, _: Request) -> Result<(), ErrorData> {
        self.record("subscribe");
        Ok(())
    }

    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: Request) -> Result<(), ErrorData> {
        self.record("unsubscribe");
        Ok(())
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        _: Request,
    ) -> Result<CallToolResponse, ErrorData> {
        self.record("call_tool");
        if params.name != "as_task" {
            return Ok(CallToolResult::success(vec![ContentBlock::text(who())]).into());
        }
        let task = self.tasks.spawn(TaskOptions::new(), |_| {
            let work = async { Ok(CallToolResult::success(vec![ContentBlock::text(who())])) };
            Box::pin(workos_mcp::in_context(work))
        });
        Ok(rmcp::model::CreateTaskResult::new(task).into())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Request,
    ) -> Result<ListToolsResult, ErrorData> {
        self.record("list_tools");
        Ok(ListToolsResult::default())
    }

    fn get_tool(&self, _: &str) -> Option<Tool> {
        self.record("get_tool");
        None
    }

    async fn on_custom_request(
        &self,
        _: CustomRequest,
        _: Request,
    ) -> Result<CustomResult, ErrorData> {
        self.record("on_custom_request");
        Ok(CustomResult::new(json!({})))
    }

    async fn on_cancelled(&self, _: CancelledNotificationParam, _: Notification) {
        self.record("on_cancelled");
    }

    async fn on_progress(&self, _: ProgressNotificationParam, _: Notification) {
        self.record("on_progress");
    }

    async fn on_initialized(&self, _: Notification) {
        self.record("on_initialized");
    }

    async fn on_roots_list_changed(&self, _: Notification) {
        self.record("on_roots_list_changed");
    }

    async fn on_custom_notification(&self, _: CustomNotification, _: Notification) {
        self.record("on_custom_notification");
    }

    fn get_info(&self) -> ServerConfig {
        self.record("get_info");
        let capabilities = ServerCapabilities::builder()
            .enable_prompts()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_tools()
            .enable_completions()
            .enable_logging()
            .enable_tasks()
            .enable_skills_with_directory_read()
            .build();
        ServerConfig::new(capabilities)
    }

    fn negotiate_initialize(
        &self,
        params: &InitializeRequestParams,
    ) -> Result<InitializeResult, ErrorData> {
        self.record("negotiate_initialize");
        let mut info = self.get_info();
        info.protocol_version = params.protocol_version.clone();
        Ok(info)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.record("supported_protocol_versions");
        Cow::Borrowed(ProtocolVersion::KNOWN_VERSIONS)
    }

    async fn get_task(
        &self,
        params: GetTaskParams,
        _: Request,
    ) -> Result<GetTaskResult, ErrorData> {
        self.record("get_task");
        Ok(GetTaskResult::new(self.tasks.get_task(&params.task_id)?))
    }

    async fn update_task(&self, _: UpdateTaskParams, _: Request) -> Result<(), ErrorData> {
        self.record("update_task");
        Ok(())
    }

    async fn cancel_task(&self, _: CancelTaskParams, _: Request) -> Result<(), ErrorData> {
        self.record("cancel_task");
        Ok(())
    }

    async fn list_skills(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Request,
    ) -> Result<ListSkillsResult, ErrorData> {
        self.record("list_skills");
        Ok(ListSkillsResult::default())
    }

    async fn get_skill(
        &self,
        _: GetSkillRequestParams,
        _: Request,
    ) -> Result<GetSkillResult, ErrorData> {
        self.record("get_skill");
        Err(ErrorData::invalid_params("no such skill", None))
    }

    async fn read_resource_directory(
        &self,
        _: ReadResourceDirectoryRequestParams,
        _: Request,
    ) -> Result<ReadResourceDirectoryResult, ErrorData> {
        self.record("read_resource_directory");
        Ok(ReadResourceDirectoryResult::default())
    }
}
