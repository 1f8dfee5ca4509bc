//! Lists that fit the caller.

use rmcp::model::{
    CacheScope, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListSkillsResult, ListToolsResult,
};

use super::{
    metadata,
    rules::{Caller, Needs, needs, needs_of_resource},
};
use crate::{config::Anonymous, provider::Provider};

/// A list as a handler makes it.
pub(super) trait List {
    type Item;

    fn items(&mut self) -> &mut Vec<Self::Item>;
    fn cache_scope(&mut self) -> &mut Option<CacheScope>;
    fn needs(item: &Self::Item, provider: &Provider) -> Needs;
    /// Looks at a page of the list as the handler made it; its items are in `ruled`.
    fn look(&self, _ruled: &[(Self::Item, Needs)], _is_first: bool, _: &Provider) {}
    /// Makes an item fit to be seen.
    fn show(_: &mut Self::Item, _: &Needs, _: &Provider) {}
}

/// Leaves what the caller may use, or could with more scopes, and nothing that says who else may.
pub(super) async fn fit<L: List>(
    list: &mut L,
    is_first: bool,
    caller: &Caller,
    provider: &Provider,
) {
    let items = std::mem::take(list.items());
    let ruled: Vec<_> = items
        .into_iter()
        .map(|item| {
            let needs = L::needs(&item, provider);
            (item, needs)
        })
        .collect();
    list.look(&ruled, is_first, provider);
    let by_caller = ruled.iter().any(|(_, needs)| !needs.is_empty());
    let known = caller.known(ruled.iter().map(|(_, needs)| needs)).await;
    *list.items() = ruled
        .into_iter()
        .filter(|(_, needs)| caller.sees(needs, &known))
        .map(|(mut item, needs)| {
            L::show(&mut item, &needs, provider);
            item
        })
        .collect();
    // A cache in between must not give one caller's list to another. Older clients know nothing of it, and rmcp does
    // not take it out for them.
    if by_caller && caller.is_modern {
        *list.cache_scope() = Some(CacheScope::Private);
    }
}

impl List for ListToolsResult {
    type Item = rmcp::model::Tool;

    fn look(&self, ruled: &[(Self::Item, Needs)], is_first: bool, provider: &Provider) {
        let noticed = provider.noticed();
        for (tool, needs) in ruled {
            noticed.listed(tool, needs);
        }
        if is_first && self.next_cursor.is_none() {
            noticed.whole_list(ruled, provider.config());
        }
    }

    fn items(&mut self) -> &mut Vec<Self::Item> {
        &mut self.tools
    }

    fn cache_scope(&mut self) -> &mut Option<CacheScope> {
        &mut self.cache_scope
    }

    fn needs(tool: &Self::Item, provider: &Provider) -> Needs {
        let rules = &provider.config().rules.tools;
        needs(tool.meta.as_ref(), &tool.name, rules)
    }

    fn show(tool: &mut Self::Item, needs: &Needs, provider: &Provider) {
        metadata::strip(tool);
        let config = provider.config();
        let is_mixed = config.anonymous == Anonymous::Allow;
        metadata::tell_schemes(tool, needs, &config.scopes, is_mixed);
    }
}

impl List for ListPromptsResult {
    type Item = rmcp::model::Prompt;

    fn items(&mut self) -> &mut Vec<Self::Item> {
        &mut self.prompts
    }

    fn cache_scope(&mut self) -> &mut Option<CacheScope> {
        &mut self.cache_scope
    }

    fn needs(prompt: &Self::Item, provider: &Provider) -> Needs {
        let rules = &provider.config().rules.prompts;
        needs(prompt.meta.as_ref(), &prompt.name, rules)
    }

    fn show(prompt: &mut Self::Item, _: &Needs, _: &Provider) {
        metadata::strip(prompt);
    }
}

impl List for ListResourcesResult {
    type Item = rmcp::model::Resource;

    fn items(&mut self) -> &mut Vec<Self::Item> {
        &mut self.resources
    }

    fn cache_scope(&mut self) -> &mut Option<CacheScope> {
        &mut self.cache_scope
    }

    fn needs(resource: &Self::Item, provider: &Provider) -> Needs {
        needs_of_resource(&resource.uri, provider)
    }
}

impl List for ListResourceTemplatesResult {
    type Item = rmcp::model::ResourceTemplate;

    fn items(&mut self) -> &mut Vec<Self::Item> {
        &mut self.resource_templates
    }

    fn cache_scope(&mut self) -> &mut Option<CacheScope> {
        &mut self.cache_scope
    }

    fn needs(template: &Self::Item, provider: &Provider) -> Needs {
        needs_of_resource(&template.uri_template, provider)
    }
}

impl List for ListSkillsResult {
    type Item = rmcp::model::Skill;

    fn items(&mut self) -> &mut Vec<Self::Item> {
        &mut self.skills
    }

    fn cache_scope(&mut self) -> &mut Option<CacheScope> {
        &mut self.cache_scope
    }

    fn needs(skill: &Self::Item, provider: &Provider) -> Needs {
        needs_of_resource(&skill.uri, provider)
    }
}
