//! What a provider has noticed of the tools behind it, so that a tool which a caller may not know of behaves as one
//! that is not there in everything that rmcp does before the call, too.

use std::{
    collections::HashSet,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
};

use http::HeaderMap;
use rmcp::model::{JsonObject, Tool};
use serde_json::Value;

use super::rules::Needs;
use crate::{
    authority::Questions,
    config::{Anonymous, Config, Rules},
    rule::{Need, are_public, questions_of},
};

#[derive(Default)]
pub(crate) struct Noticed {
    /// Whether a tool has a rule.
    any_rule: AtomicBool,
    warned: AtomicBool,
    /// The tools that were listed, to whomever.
    listed: RwLock<HashSet<Box<str>>>,
    /// What WorkOS is asked about callers of such tools.
    asked: AtomicU8,
    any_header_checked: AtomicBool,
    /// Tools with parameters that rmcp compares with headers, and a rule that WorkOS must be asked about.
    header_checked: RwLock<HashSet<Box<str>>>,
}

const MOST_TOOLS: usize = 1024;

impl Noticed {
    pub(crate) fn new(rules: &Rules) -> Self {
        let noticed = Self {
            any_rule: AtomicBool::new(!rules.tools.is_empty()),
            ..Self::default()
        };
        for needs in rules.tools.values() {
            noticed.rule(needs);
        }
        noticed
    }

    fn rule(&self, needs: &[Need]) -> Questions {
        let asked = questions_of(needs);
        self.asked.fetch_or(asked.bits(), Ordering::Relaxed);
        asked
    }

    /// Warns of rules that guard or open nothing, once.
    pub(super) fn whole_list(&self, tools: &[(Tool, Needs)], config: &Config) {
        if self.warned.swap(true, Ordering::Relaxed) {
            return;
        }
        let rules = &config.rules.tools;
        if config.anonymous == Anonymous::Refuse
            && let Some((tool, _)) = tools.iter().find(|(_, needs)| are_public(needs))
        {
            tracing::warn!(
                name = &*tool.name,
                "a tool is public, and everything needs a token all the same until the provider says `anonymous: allow`"
            );
        }
        for name in rules.keys() {
            if !tools.iter().any(|(tool, _)| tool.name == *name) {
                tracing::warn!(
                    name,
                    "`tool_rules` has a rule for a tool that the handler does not list, which guards nothing unless it is called by this name"
                );
            }
        }
    }

    /// Looks at a tool that is listed.
    pub(super) fn listed(&self, tool: &Tool, needs: &[Need]) {
        self.tool(tool, needs);
        if !self.is_listed(&tool.name) {
            let mut listed = self.listed.write().unwrap_or_else(PoisonError::into_inner);
            if listed.len() < MOST_TOOLS {
                listed.insert((*tool.name).into());
            }
        }
    }

    pub(super) fn is_listed(&self, name: &str) -> bool {
        let listed = self.listed.read().unwrap_or_else(PoisonError::into_inner);
        listed.contains(name)
    }

    /// Looks at a tool that has rules.
    pub(super) fn tool(&self, tool: &Tool, needs: &[Need]) {
        if needs.is_empty() {
            return;
        }
        self.any_rule.store(true, Ordering::Relaxed);
        if self.rule(needs).is_empty() || !has_header_parameters(&tool.input_schema) {
            return;
        }
        let mut tools = self
            .header_checked
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if tools.len() < MOST_TOOLS && !tools.contains(&*tool.name) {
            tools.insert((*tool.name).into());
            self.any_header_checked.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn any_rule(&self) -> bool {
        self.any_rule.load(Ordering::Relaxed)
    }

    /// What is asked of WorkOS before a call of one tool or another. Asked also for a name that no tool has, it takes
    /// as long to hear that there is no such tool as that one may not know of it.
    pub(super) fn asked(&self) -> Questions {
        Questions::from_bits(self.asked.load(Ordering::Relaxed))
    }

    /// What must be known of the caller before rmcp sees this request: it compares the headers of a call with the
    /// tool's schema before the call, where nothing can be waited for.
    pub(crate) fn before(&self, headers: &HeaderMap) -> Questions {
        let checked = self.any_header_checked.load(Ordering::Relaxed)
            && headers
                .get("mcp-method")
                .is_some_and(|method| method == "tools/call")
            && headers
                .get("mcp-name")
                .and_then(|name| name.to_str().ok())
                .is_some_and(|name| {
                    let tools = self
                        .header_checked
                        .read()
                        .unwrap_or_else(PoisonError::into_inner);
                    tools.contains(name)
                });
        if checked {
            self.asked()
        } else {
            Questions::default()
        }
    }
}

fn has_header_parameters(schema: &JsonObject) -> bool {
    fn any(value: &Value) -> bool {
        match value {
            Value::Object(object) => {
                object.contains_key("x-mcp-header") || object.values().any(any)
            }
            Value::Array(items) => items.iter().any(any),
            _ => false,
        }
    }
    schema.values().any(any)
}
