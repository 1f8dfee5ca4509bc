//! What WorkOS said, as far as it was asked.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::Question;
use crate::principal::Principal;

pub(crate) type Words = Arc<[Box<str>]>;

/// The permissions of each role of an organization, by the role's slug.
pub(super) type ByRole = Arc<HashMap<Box<str>, Box<[Box<str>]>>>;

/// Answers of WorkOS about one caller. What the caller's credential states comes before them.
#[derive(Clone, Default)]
pub(crate) struct Resolved {
    pub(super) roles: Option<Words>,
    pub(super) permissions: Option<Permissions>,
    pub(super) feature_flags: Option<Words>,
}

#[derive(Clone)]
pub(super) struct Permissions {
    pub(super) roles: Words,
    pub(super) by_role: ByRole,
}

impl Permissions {
    pub(super) fn of(roles: Option<Words>, by_role: Option<ByRole>) -> Option<Self> {
        let (roles, by_role) = roles.zip(by_role)?;
        Some(Self { roles, by_role })
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.roles
            .iter()
            .filter_map(|role| self.by_role.get(role))
            .flat_map(|permissions| permissions.iter().map(AsRef::as_ref))
    }
}

/// What the credential itself states, or what follows from it without asking anybody.
pub(crate) fn said(principal: &Principal, question: Question) -> Option<&[Box<str>]> {
    let stated = match question {
        Question::Roles => principal.stated_roles(),
        Question::Permissions => principal.stated_permissions(),
        Question::FeatureFlags => principal.stated_feature_flags(),
    };
    let outside = principal.organization_id().is_none();
    let none = match question {
        // They are those of a membership, so there are none outside of an organization, and none but a user's.
        Question::Roles | Question::Permissions => outside || principal.user().is_none(),
        Question::FeatureFlags => outside && principal.user().is_none(),
    };
    stated.or(none.then_some(&[]))
}

impl Resolved {
    /// That there is nothing.
    #[cfg(feature = "testing")]
    pub(crate) fn nothing() -> Self {
        Self {
            roles: Some(Words::default()),
            permissions: Some(Permissions {
                roles: Words::default(),
                by_role: ByRole::default(),
            }),
            feature_flags: Some(Words::default()),
        }
    }

    pub(super) fn answers(&self, question: Question) -> bool {
        match question {
            Question::Roles => self.roles.is_some(),
            Question::Permissions => self.permissions.is_some(),
            Question::FeatureFlags => self.feature_flags.is_some(),
        }
    }

    /// Whether the caller has it; `None` when nobody has said so yet.
    pub(crate) fn has(
        &self,
        principal: &Principal,
        question: Question,
        name: &str,
    ) -> Option<bool> {
        let among = |words: &[Box<str>]| words.iter().any(|word| **word == *name);
        if let Some(words) = said(principal, question) {
            return Some(among(words));
        }
        match question {
            Question::Roles => self.roles.as_deref().map(among),
            Question::Permissions => {
                let permissions = self.permissions.as_ref()?;
                Some(permissions.iter().any(|permission| permission == name))
            }
            Question::FeatureFlags => self.feature_flags.as_deref().map(among),
        }
    }

    /// Everything of a question that the caller has.
    pub(super) fn listed(&self, principal: &Principal, question: Question) -> BTreeSet<Box<str>> {
        if let Some(words) = said(principal, question) {
            return words.iter().cloned().collect();
        }
        let words = |words: &Option<Words>| {
            words
                .iter()
                .flat_map(|words| words.iter())
                .cloned()
                .collect()
        };
        match question {
            Question::Roles => words(&self.roles),
            Question::Permissions => self
                .permissions
                .iter()
                .flat_map(Permissions::iter)
                .map(Into::into)
                .collect(),
            Question::FeatureFlags => words(&self.feature_flags),
        }
    }

    /// Adds what another answer knows.
    pub(crate) fn extend(&mut self, other: Self) {
        self.roles = other.roles.or(self.roles.take());
        self.permissions = other.permissions.or(self.permissions.take());
        self.feature_flags = other.feature_flags.or(self.feature_flags.take());
    }
}
