//! The ids of tasks, bound to who started the task.
//!
//! rmcp binds a task to nobody: whoever knows its id may ask for its result, feed it, or cancel it. So clients get the id with a
//! tag, as they get session ids; the handler sees its own. Where a handler tells of a task by itself, as in a
//! `notifications/tasks`, it tells its own id, which is good for nothing here.

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{CallToolRequestParams, CallToolResponse, CancelTaskParams, GetTaskResult},
    service::RequestContext,
};

use super::{
    authenticated::{Authenticated, answered},
    named::Named,
    rules::Caller,
    unknown,
};
use crate::{bound_id::Kind, error::Error, provider::Provider};

/// The id that the handler knows a task by.
pub(super) fn open(named: &str, caller: &Caller, provider: &Provider) -> Result<String, ErrorData> {
    let principal = caller.context().principal()?;
    let id = provider.bound_ids().open(Kind::Task, principal, named);
    id.map(str::to_owned).map_err(|_| {
        tracing::warn!("refused: the task id is not one of this caller's");
        unknown::task(named)
    })
}

/// An answer that may tell the task's id.
pub(super) trait Told {
    fn told(self, named: String) -> Self;
}

impl Told for () {
    fn told(self, _: String) -> Self {}
}

impl Told for GetTaskResult {
    fn told(mut self, named: String) -> Self {
        self.task.task.task_id = named;
        self
    }
}

/// Gives a task that a call started an id that is good for this caller alone.
pub(super) fn bind(
    response: &mut CallToolResponse,
    caller: &Caller,
    provider: &Provider,
) -> Result<(), ErrorData> {
    if let CallToolResponse::Task(created) = response {
        let principal = caller.context().principal()?;
        let id = &mut created.task.task_id;
        *id = provider.bound_ids().seal(Kind::Task, principal, id);
    }
    Ok(())
}

impl<H: ServerHandler> Authenticated<H> {
    /// A call by who is not signed in, to whom no task can belong.
    pub(super) async fn call_for_stranger(
        &self,
        named: Named,
        caller: Caller,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let kept = context.clone();
        let run = || self.handler.call_tool(params, context);
        let response = caller
            .named(named, |error| caller.refused_call(error), run)
            .await?;
        let CallToolResponse::Task(created) = response else {
            return Ok(response);
        };
        tracing::error!(
            "a public tool answered with a task to a caller who is not signed in, to whom no task can belong; it is cancelled"
        );
        let cancelled = CancelTaskParams::new(created.task.task_id.clone());
        let current = caller.context().clone();
        let cancel = || self.handler.cancel_task(cancelled, kept);
        // Whether that succeeds makes no difference to the caller.
        let _ = answered(current.run(cancel)).await;
        caller.refused_call(Error::not_signed_in())
    }
}
