//! The rules of a configuration.

use std::collections::HashMap;

use super::urls::Problem;
#[cfg(feature = "rmcp")]
use crate::{authority::Questions, rule::questions_of};
use crate::{
    rule::{Need, PublicUri, Rule, UriPattern, is_scope},
    scopes::ScopeHierarchy,
};

/// As the builder was told them.
#[derive(Default)]
pub(super) struct Stated {
    pub(super) require: Option<Rule>,
    pub(super) tools: Vec<(String, Rule)>,
    pub(super) prompts: Vec<(String, Rule)>,
    pub(super) resources: Vec<(String, Rule)>,
    pub(super) scope_hierarchy: Vec<(String, String)>,
}

/// Who may use the server, and what of it.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) require: Option<Rule>,
    #[cfg_attr(
        not(feature = "rmcp"),
        expect(dead_code, reason = "only an rmcp handler has tools")
    )]
    pub(crate) tools: ByName,
    #[cfg_attr(
        not(feature = "rmcp"),
        expect(dead_code, reason = "only an rmcp handler has prompts")
    )]
    pub(crate) prompts: ByName,
    #[cfg_attr(
        not(feature = "rmcp"),
        expect(dead_code, reason = "only an rmcp handler has resources")
    )]
    pub(crate) resources: Vec<(UriPattern, Need<'static>)>,
    #[cfg_attr(
        not(feature = "rmcp"),
        expect(dead_code, reason = "only an rmcp handler has resources")
    )]
    pub(crate) public_resources: Vec<PublicUri>,
    /// What WorkOS may have to be asked about a resource.
    #[cfg(feature = "rmcp")]
    pub(crate) asked_of_resources: Questions,
    pub(crate) scope_hierarchy: ScopeHierarchy,
}

impl Rules {
    /// Whether something carries `Rule::public`.
    #[cfg(feature = "rmcp")]
    pub(crate) fn any_public(&self) -> bool {
        let by_name = self.tools.values().chain(self.prompts.values()).flatten();
        !self.public_resources.is_empty() || by_name.into_iter().any(|need| *need == Need::Public)
    }
}

/// All rules of one name must hold.
pub(crate) type ByName = HashMap<String, Vec<Need<'static>>>;

impl Stated {
    /// The rules as they are checked, and every problem with the field that it is in.
    pub(super) fn checked(self) -> (Rules, Vec<(&'static str, Problem)>) {
        let mut problems = Vec::new();
        let mut judged = |field, rule: &Rule| {
            problems.extend(rule.problem().map(|problem| (field, problem)));
        };
        if let Some(rule) = &self.require {
            judged("require", rule);
        }
        for (field, rules) in [
            ("tool_rules", &self.tools),
            ("prompt_rules", &self.prompts),
            ("resource_rules", &self.resources),
        ] {
            for (_, rule) in rules {
                judged(field, rule);
            }
        }
        if self.require == Some(Rule::public()) {
            problems.push((
                "require",
                "is `Rule::public`, which says nothing of who signs in; leave it out".to_owned(),
            ));
        }
        let mut resources = Vec::new();
        let mut public_resources = Vec::new();
        for (template, rule) in self.resources {
            if rule == Rule::public() {
                match PublicUri::parse(&template) {
                    Ok(public) => public_resources.push(public),
                    Err(problem) => problems.push(("resource_rules", problem)),
                }
                continue;
            }
            match UriPattern::parse(&template) {
                Ok(pattern) => resources.push((pattern, rule.into())),
                Err(problem) => problems.push(("resource_rules", problem)),
            }
        }
        for scope in self.scope_hierarchy.iter().flat_map(|(a, b)| [a, b]) {
            if !is_scope(scope) {
                problems.push((
                    "scope_hierarchy",
                    format!("has {scope:?}, which is not a scope: printable ASCII without spaces, quotes and backslashes"),
                ));
            }
        }
        let rules = Rules {
            require: self.require,
            tools: by_name(self.tools),
            prompts: by_name(self.prompts),
            #[cfg(feature = "rmcp")]
            asked_of_resources: resources
                .iter()
                .fold(Questions::default(), |asked, (_, need): &(_, Need)| {
                    asked | questions_of(std::slice::from_ref(need))
                }),
            resources,
            public_resources,
            scope_hierarchy: ScopeHierarchy::new(&self.scope_hierarchy),
        };
        (rules, problems)
    }
}

fn by_name(rules: Vec<(String, Rule)>) -> ByName {
    let mut by_name = ByName::new();
    for (name, rule) in rules {
        by_name.entry(name).or_default().push(rule.into());
    }
    by_name
}
