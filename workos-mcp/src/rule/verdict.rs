//! A rule against what is known of a caller.

use crate::{
    authority::{Question, Questions, Resolved},
    principal::Principal,
    rule::Need,
    scopes::ScopeHierarchy,
};

/// How a rule turned out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'n> {
    /// It holds.
    Met,
    /// It would hold, had the token been granted these scopes too.
    Lacks(Vec<&'n str>),
    /// These have to be asked of WorkOS before it can be told.
    Unknown(Questions),
    /// It does not hold, whatever scopes the token is granted.
    Unmet,
}

/// What is known of a caller so far.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) principal: &'a Principal,
    pub(crate) scopes: Option<&'a ScopeHierarchy>,
    pub(crate) authority: &'a Resolved,
}

impl Facts<'_> {
    fn grant(&self, scope: &str) -> bool {
        self.principal.has_scope(scope)
            || self.scopes.is_some_and(|hierarchy| {
                hierarchy
                    .broader(scope)
                    .any(|broader| self.principal.has_scope(broader))
            })
    }
}

/// Whether all of the needs hold.
pub(crate) fn verdict<'n>(
    needs: impl IntoIterator<Item = &'n Need<'n>>,
    facts: Facts<'_>,
) -> Verdict<'n> {
    needs
        .into_iter()
        .fold(Verdict::Met, |all, need| all.and(need.verdict(facts)))
}

/// The first of the needs that does not hold, in a word.
pub(super) fn unmet<'n>(
    needs: impl IntoIterator<Item = &'n Need<'n>>,
    facts: Facts<'_>,
) -> Option<&'static str> {
    let unmet_one = needs
        .into_iter()
        .find(|need| need.verdict(facts) == Verdict::Unmet)?;
    Some(match unmet_one {
        Need::Public => "public",
        Need::User => "user",
        Need::Organization | Need::Organizations(_) => "organization",
        Need::Scopes(_) => "scope",
        Need::Roles(_) => "role",
        Need::Permissions(_) => "permission",
        Need::FeatureFlags(_) => "feature_flag",
        Need::Any(_) => "any",
        Need::All(needs) => unmet(needs.as_slice(), facts).unwrap_or("any"),
    })
}

impl Verdict<'_> {
    /// What cannot be mended decides first; what is not known yet comes before what the user could be sent for.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unmet, _) | (_, Self::Unmet) => Self::Unmet,
            (Self::Unknown(questions), Self::Unknown(others)) => Self::Unknown(questions | others),
            (Self::Unknown(questions), _) | (_, Self::Unknown(questions)) => {
                Self::Unknown(questions)
            }
            (Self::Lacks(mut scopes), Self::Lacks(others)) => {
                for scope in others {
                    if !scopes.contains(&scope) {
                        scopes.push(scope);
                    }
                }
                Self::Lacks(scopes)
            }
            (Self::Lacks(scopes), Self::Met) | (Self::Met, Self::Lacks(scopes)) => {
                Self::Lacks(scopes)
            }
            (Self::Met, Self::Met) => Self::Met,
        }
    }

    /// What holds decides first; nobody is sent for scopes while another way may be open. Of several ways
    /// that lack scopes, the one that lacks the fewest counts.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Met, _) | (_, Self::Met) => Self::Met,
            (Self::Unknown(questions), Self::Unknown(others)) => Self::Unknown(questions | others),
            (Self::Unknown(questions), _) | (_, Self::Unknown(questions)) => {
                Self::Unknown(questions)
            }
            (Self::Lacks(scopes), Self::Lacks(others)) if others.len() < scopes.len() => {
                Self::Lacks(others)
            }
            (Self::Lacks(scopes), _) | (_, Self::Lacks(scopes)) => Self::Lacks(scopes),
            (Self::Unmet, Self::Unmet) => Self::Unmet,
        }
    }
}

impl Need<'_> {
    fn verdict(&self, facts: Facts<'_>) -> Verdict<'_> {
        match self {
            Self::Public => Verdict::Met,
            Self::User => held(facts.principal.user().is_some()),
            Self::Organization => held(facts.principal.organization_id().is_some()),
            Self::Organizations(ids) => {
                let organization = facts.principal.organization_id();
                held(organization.is_some_and(|own| ids.iter().any(|id| id == own)))
            }
            Self::Scopes(scopes) => {
                let lacking: Vec<_> = scopes.iter().filter(|scope| !facts.grant(scope)).collect();
                match &*lacking {
                    [] => held(scopes.iter().next().is_some()),
                    // An API key cannot be granted any.
                    _ if facts.principal.scopes().is_none() => Verdict::Unmet,
                    _ => Verdict::Lacks(lacking),
                }
            }
            Self::Roles(roles) => roles
                .iter()
                .map(|role| answered(facts, Question::Roles, role))
                .fold(Verdict::Unmet, Verdict::or),
            Self::Permissions(permissions) => {
                every(permissions.iter(), facts, Question::Permissions)
            }
            Self::FeatureFlags(flags) => every(flags.iter(), facts, Question::FeatureFlags),
            Self::Any(needs) => needs
                .as_slice()
                .iter()
                .map(|need| need.verdict(facts))
                .fold(Verdict::Unmet, Verdict::or),
            // What is made of nothing never holds.
            Self::All(needs) if needs.as_slice().is_empty() => Verdict::Unmet,
            Self::All(needs) => verdict(needs.as_slice(), facts),
        }
    }
}

fn held<'n>(holds: bool) -> Verdict<'n> {
    if holds { Verdict::Met } else { Verdict::Unmet }
}

fn answered<'n>(facts: Facts<'_>, question: Question, name: &str) -> Verdict<'n> {
    match facts.authority.has(facts.principal, question, name) {
        Some(has) => held(has),
        None => Verdict::Unknown(question.into()),
    }
}

fn every<'n, 'a>(
    mut names: impl Iterator<Item = &'a str>,
    facts: Facts<'_>,
    question: Question,
) -> Verdict<'n> {
    match names.next() {
        None => Verdict::Unmet,
        Some(first) => names.fold(answered(facts, question, first), |all, name| {
            all.and(answered(facts, question, name))
        }),
    }
}
