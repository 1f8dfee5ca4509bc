//! The ids of tasks, bound to who started the task.
//!
//! rmcp binds a task to nobody: whoever knows its id may ask for its result, feed it, or cancel it. So clients get the id with a
//! tag, as they get session ids; the handler sees its own.

use rmcp::{
    ErrorData,
    model::{CallToolResponse, GetTaskResult},
};

use super::{
    rules::Caller,
    unknown::{self, Answer, StandIn},
};
use crate::{bound_id::Kind, provider::Provider};

/// A task that a caller named.
pub(super) struct NamedTask {
    /// As the caller wrote it.
    named: String,
    /// What the handler is asked for instead of a task that is not the caller's.
    stand_in: Option<StandIn>,
    /// As the handler knows it.
    pub(super) id: String,
}

impl NamedTask {
    pub(super) fn of(
        named: String,
        caller: &Caller,
        provider: &Provider,
    ) -> Result<Self, ErrorData> {
        let principal = caller.context().principal()?;
        if let Ok(id) = provider.bound_ids().open(Kind::Task, principal, &named) {
            return Ok(Self {
                id: id.to_owned(),
                stand_in: None,
                named,
            });
        }
        tracing::warn!("refused: the task id is not one of this caller's");
        let stand_in = StandIn::draw()?;
        Ok(Self {
            id: stand_in.name(),
            stand_in: Some(stand_in),
            named,
        })
    }

    /// The handler's answer, in the caller's terms.
    pub(super) fn told<T: Answer>(&self, answer: Result<T, ErrorData>) -> Result<T, ErrorData> {
        match &self.stand_in {
            Some(stand_in) => stand_in.disguised(answer, &self.named),
            None => answer.map_err(|error| {
                // What a handler says of its own id is not what the caller knows it by.
                unknown::renamed(error, &self.id, &self.named).unwrap_or_else(|error| error)
            }),
        }
    }

    pub(super) fn tell(&self, mut answer: GetTaskResult) -> GetTaskResult {
        answer.task.task.task_id.clone_from(&self.named);
        answer
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
