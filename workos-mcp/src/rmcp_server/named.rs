//! What a request names, with its rules: looked up before the handler is asked to do anything.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CompleteRequestMethod, ErrorCode, ListPromptsResult, PaginatedRequestParams, Reference,
        Tool,
    },
    service::RequestContext,
};

use super::{
    authenticated::{Authenticated, answered, panicked},
    lists::List,
    rules::{Caller, Needs, needs, needs_of_resource},
    unknown,
};
use crate::{authority::Questions, context::outside, rule::questions_of};

/// Something with rules that a request names.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether the handler is known to have it.
    pub(super) exists: bool,
    pub(super) needs: Needs,
    /// How it answers where it is hidden, or not there.
    pub(super) unknown: ErrorData,
    /// Whether it is known without the handler that there is no such thing.
    pub(super) is_unknown: bool,
    /// Whether the handler may say that there is no such thing.
    pub(super) may_be_unknown: bool,
    /// What WorkOS is asked before an answer about others of its kind.
    pub(super) asked: Questions,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tool,
    Prompt,
    Resource,
}

/// The prompts of a handler with their rules, in its order.
pub(super) type Prompts = Vec<(String, Needs)>;

impl<H: ServerHandler> Authenticated<H> {
    pub(super) fn named_tool(&self, name: &str) -> Result<Named, ErrorData> {
        let (needs, is_known) = self.tool_needs(name)?;
        let noticed = self.provider.noticed();
        let exists = is_known || noticed.is_listed(name);
        Ok(Named {
            name: name.to_owned(),
            kind: Kind::Tool,
            exists,
            needs,
            unknown: unknown::tool(),
            is_unknown: false,
            may_be_unknown: !exists && noticed.any_rule(),
            asked: noticed.asked(),
        })
    }

    pub(super) fn named_prompt(&self, name: &str, prompts: &Prompts) -> Named {
        let exists = is_listed(name, prompts);
        Named {
            name: name.to_owned(),
            kind: Kind::Prompt,
            exists,
            needs: self.prompt_needs(name, prompts),
            unknown: unknown::prompt(name, &[]),
            is_unknown: false,
            may_be_unknown: self.any_prompt_rule(prompts) && !exists,
            asked: self.asked_of_prompts(prompts),
        }
    }

    /// The answer about a prompt that is not there, with those that the caller may know of.
    pub(super) async fn unknown_prompt(
        &self,
        name: &str,
        prompts: &Prompts,
        caller: &Caller,
    ) -> ErrorData {
        let known = caller.known(prompts.iter().map(|(_, needs)| needs)).await;
        let available: Vec<_> = prompts
            .iter()
            .filter(|(_, needs)| caller.sees(needs, &known))
            .map(|(name, _)| name.as_str())
            .collect();
        unknown::prompt(name, &available)
    }

    pub(super) fn named_resource(&self, uri: &str, unknown: ErrorData) -> Named {
        let rules = &self.provider.config().rules;
        Named {
            name: uri.to_owned(),
            kind: Kind::Resource,
            exists: false,
            needs: needs_of_resource(uri, &self.provider),
            unknown,
            is_unknown: false,
            may_be_unknown: !rules.resources.is_empty(),
            asked: rules.asked_of_resources,
        }
    }

    /// What is to be completed.
    pub(super) async fn named_reference(
        &self,
        reference: &Reference,
        caller: &Caller,
        context: &RequestContext<RoleServer>,
    ) -> Result<Named, ErrorData> {
        let completes = outside(|| self.handler.get_info())
            .capabilities
            .completions
            .is_some();
        let unknown = if completes {
            unknown::reference()
        } else {
            ErrorData::method_not_found::<CompleteRequestMethod>()
        };
        match reference {
            Reference::Prompt(prompt) => {
                let prompts = self.prompts(caller, context).await?;
                let needs = self.prompt_needs(&prompt.name, &prompts);
                let is_ruled = self.any_prompt_rule(&prompts);
                let exists = is_listed(&prompt.name, &prompts);
                Ok(Named {
                    name: prompt.name.clone(),
                    kind: Kind::Prompt,
                    exists,
                    unknown,
                    is_unknown: is_ruled && needs.is_empty() && !exists,
                    may_be_unknown: false,
                    asked: self.asked_of_prompts(&prompts),
                    needs,
                })
            }
            Reference::Resource(template) => Ok(self.named_resource(&template.uri, unknown)),
            // No rule is known for whatever comes after rmcp 3.11.
            _ => Err(unknown),
        }
    }

    fn any_prompt_rule(&self, prompts: &Prompts) -> bool {
        !self.provider.config().rules.prompts.is_empty()
            || prompts.iter().any(|(_, needs)| !needs.is_empty())
    }

    /// What WorkOS may have to be asked about any prompt, those with a rule that are not listed among them.
    fn asked_of_prompts(&self, prompts: &Prompts) -> Questions {
        let by_name = self.provider.config().rules.prompts.values();
        let listed = prompts.iter().map(|(_, needs)| &**needs);
        by_name
            .map(Vec::as_slice)
            .chain(listed)
            .fold(Questions::default(), |asked, needs| {
                asked | questions_of(needs)
            })
    }

    /// The rules of a tool, and whether the handler knows of it.
    fn tool_needs(&self, name: &str) -> Result<(Needs, bool), ErrorData> {
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
    ) -> Result<Prompts, ErrorData> {
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

    fn prompt_needs(&self, name: &str, prompts: &Prompts) -> Needs {
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

fn is_listed(name: &str, prompts: &Prompts) -> bool {
    prompts.iter().any(|(listed, _)| listed == name)
}
