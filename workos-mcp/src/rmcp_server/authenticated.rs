//! The handler wrapper: rmcp runs a handler in a task of its own, where the guard's task-local does not reach.

use std::{collections::HashMap, fmt, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{Extensions, ListPromptsResult, PaginatedRequestParams, Tool},
    service::RequestContext,
};

use super::{
    lists::List,
    rules::{Caller, FinalAnswer, Needs, Remembered, Standing, needs},
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
    pub(super) handler: H,
    pub(super) provider: Provider,
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

    /// A notification has no answer that could refuse it.
    pub(super) fn notified(&self, extensions: &Extensions, method: &str) -> Option<Context> {
        Caller::of(extensions, &self.provider)
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
pub(super) async fn answered<T>(
    handler: impl Future<Output = Result<T, ErrorData>>,
) -> Result<T, ErrorData> {
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
    pub(super) async fn named<T, F>(
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
    pub(super) fn tool_needs(&self, name: &str) -> (Needs, bool) {
        if let Some(needs) = self.rules.get(name) {
            return (needs, true);
        }
        let tool = outside(|| self.handler.get_tool(name));
        (self.noticed(name, tool.as_ref()), tool.is_some())
    }

    pub(super) fn noticed(&self, name: &str, tool: Option<&Tool>) -> Needs {
        let metadata = tool.and_then(|tool| tool.meta.as_ref());
        let needs = needs(metadata, name, &self.provider.config().rules.tools);
        if let Some(tool) = tool {
            self.rules.insert(name, &needs);
            self.provider.noticed().tool(tool, &needs);
        }
        needs
    }

    /// All prompts by name, with their rules. rmcp has no look-up of a single one, so the list is asked, page by page.
    pub(super) async fn prompts(
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

    pub(super) fn prompt_needs(&self, name: &str, prompts: &HashMap<String, Needs>) -> Needs {
        prompts.get(name).cloned().unwrap_or_else(|| {
            // A prompt that is not listed may be served all the same.
            needs(None, name, &self.provider.config().rules.prompts)
        })
    }
}

/// A handler whose pages never end must not keep a call from being answered; its own guards still stand.
const MOST_PAGES: usize = 100;
