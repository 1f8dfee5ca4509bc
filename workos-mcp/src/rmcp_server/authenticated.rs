//! The handler wrapper: rmcp runs a handler in a task of its own, where the guard's task-local does not reach.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use futures_util::FutureExt;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{ErrorCode, Extensions, ListPromptsResult, PaginatedRequestParams, Tool},
    service::RequestContext,
};

use super::{
    lists::List,
    rules::{Caller, FinalAnswer, Needs, Remembered, Standing, needs},
    unknown,
};
use crate::{
    authority::Questions,
    context::{Context, outside},
    error::Error,
    provider::Provider,
    rule::Need,
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
        .unwrap_or_else(|_| Err(panicked()))
}

fn panicked() -> ErrorData {
    tracing::error!("a handler panicked");
    ErrorData::internal_error("the call failed unexpectedly", None)
}

/// Something with rules that a request names.
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) needs: &'a [Need<'static>],
    /// How it answers where it is hidden, or not there.
    pub(super) unknown: ErrorData,
    /// Whether nobody knows of it, as far as can be told before the handler is asked.
    pub(super) may_be_unknown: bool,
    /// What WorkOS is asked before an answer about others of its kind.
    pub(super) asked: Questions,
}

impl<H: ServerHandler> Authenticated<H> {
    /// Answers a request that names something with rules.
    ///
    /// For what is hidden and for what is not there the same is asked of WorkOS before the answer, so that both take as
    /// long, and both hear when that cannot be had.
    pub(super) async fn named<T, F>(
        &self,
        named: Named<'_>,
        caller: &Caller,
        refused: impl Fn(Error) -> Result<T, ErrorData>,
        run: impl FnOnce() -> F,
    ) -> Result<T, ErrorData>
    where
        T: FinalAnswer,
        F: Future<Output = Result<T, ErrorData>>,
    {
        match caller.standing(named.name, named.needs).await {
            Standing::Open => {
                let answer = answered(caller.context().clone().run(run)).await;
                match answer {
                    Err(error) if named.may_be_unknown && unknown::is_unknown(&error) => {}
                    answer => {
                        caller.refused_late(&answer);
                        return answer;
                    }
                }
            }
            Standing::Hidden => {}
            Standing::Refused(error) => return refused(error),
        }
        match caller.ask(named.asked).await {
            Ok(()) => Err(named.unknown),
            Err(error) => refused(error),
        }
    }

    /// The rules of a tool, and whether the handler knows of it.
    pub(super) fn tool_needs(&self, name: &str) -> Result<(Needs, bool), ErrorData> {
        if let Some(needs) = self.rules.get(name) {
            return Ok((needs, true));
        }
        let tool = self.looked_up(name)?;
        Ok((self.noticed(name, tool.as_ref()), tool.is_some()))
    }

    pub(super) fn looked_up(&self, name: &str) -> Result<Option<Tool>, ErrorData> {
        let look_up = || outside(|| self.handler.get_tool(name));
        catch_unwind(AssertUnwindSafe(look_up)).map_err(|_| panicked())
    }

    pub(super) fn noticed(&self, name: &str, tool: Option<&Tool>) -> Needs {
        let by_name = &self.provider.config().rules.tools;
        let Some(tool) = tool else {
            return needs(None, name, by_name);
        };
        let mut carried = needs(tool.meta.as_ref(), name, by_name);
        // A handler may know the tool by more names than it has.
        if tool.name != name {
            let own = needs(None, &tool.name, by_name);
            carried = carried.iter().chain(own.iter()).cloned().collect();
        }
        self.rules.insert(name, &carried);
        self.provider.noticed().tool(tool, &carried);
        carried
    }

    /// All prompts with their rules, in the handler's order. rmcp has no look-up of a single one, so the list is asked, page
    /// by page.
    pub(super) async fn prompts(
        &self,
        caller: &Caller,
        context: &RequestContext<RoleServer>,
    ) -> Result<Vec<(String, Needs)>, ErrorData> {
        let mut prompts = Vec::new();
        let mut page = None;
        for _ in 0..MOST_PAGES {
            let list = || self.handler.list_prompts(page.take(), context.clone());
            let list = match answered(caller.context().clone().run(list)).await {
                Ok(list) => list,
                Err(error) if error.code == ErrorCode::METHOD_NOT_FOUND => return Ok(prompts),
                Err(error) => return Err(error),
            };
            prompts.extend(list.prompts.into_iter().map(|prompt| {
                let needs = ListPromptsResult::needs(&prompt, &self.provider);
                (prompt.name, needs)
            }));
            let Some(cursor) = list.next_cursor else {
                return Ok(prompts);
            };
            page = Some(PaginatedRequestParams::default().with_cursor(Some(cursor)));
        }
        tracing::error!("refused: the handler's list of prompts has no end");
        Err(ErrorData::internal_error(
            "the list of prompts has no end",
            None,
        ))
    }

    pub(super) fn prompt_needs(&self, name: &str, prompts: &[(String, Needs)]) -> Needs {
        let listed = prompts.iter().find(|(listed, _)| listed == name);
        listed.map_or_else(
            // A prompt that is not listed may be served all the same.
            || needs(None, name, &self.provider.config().rules.prompts),
            |(_, needs)| needs.clone(),
        )
    }
}

/// A handler whose pages never end must not keep a call from being answered.
const MOST_PAGES: usize = 100;
