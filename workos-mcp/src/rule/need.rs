//! The rule as a tree: written as a constant by generated code, built by a [`Rule`](super::Rule), carried as JSON
//! in a tool's metadata.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[cfg(feature = "rmcp")]
use crate::authority::{Question, Questions};

/// One thing that must hold, besides that somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound = "")]
pub enum Need<'a> {
    /// Nothing: it is for callers who are not signed in, too.
    Public,
    /// The caller is a user, no program.
    User,
    /// The session is scoped to an organization.
    Organization,
    /// The session is scoped to one of these organizations.
    Organizations(Names<'a>),
    /// The user has one of these roles in the session's organization.
    Roles(Names<'a>),
    /// The user has all of these permissions in the session's organization.
    Permissions(Names<'a>),
    /// The token was granted all of these scopes.
    Scopes(Names<'a>),
    /// All of these feature flags are on.
    FeatureFlags(Names<'a>),
    /// One of these holds.
    Any(Needs<'a>),
    /// All of these hold.
    All(Needs<'a>),
}

/// Names: borrowed in generated code, owned elsewhere.
#[derive(Clone)]
pub enum Names<'a> {
    /// As generated code lists them.
    Listed(&'a [&'a str]),
    /// As a program built them.
    Owned(Vec<Box<str>>),
}

/// Several needs: borrowed in generated code, owned elsewhere.
#[derive(Clone)]
pub enum Needs<'a> {
    /// As generated code lists them.
    Listed(&'a [Need<'a>]),
    /// As a program built them.
    Owned(Vec<Need<'a>>),
}

impl Names<'_> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let (listed, owned): (&[&str], &[Box<str>]) = match self {
            Self::Listed(names) => (names, &[]),
            Self::Owned(names) => (&[], names),
        };
        listed
            .iter()
            .copied()
            .chain(owned.iter().map(AsRef::as_ref))
    }
}

impl<'a> Needs<'a> {
    pub(crate) fn as_slice(&self) -> &[Need<'a>] {
        match self {
            Self::Listed(needs) => needs,
            Self::Owned(needs) => needs,
        }
    }
}

impl PartialEq for Names<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Names<'_> {}

impl PartialEq for Needs<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Needs<'_> {}

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Needs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl Serialize for Needs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.as_slice())
    }
}

impl<'de> Deserialize<'de> for Names<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deserialize::deserialize(deserializer).map(Self::Owned)
    }
}

impl<'de> Deserialize<'de> for Needs<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deserialize::deserialize(deserializer).map(Self::Owned)
    }
}

impl Need<'_> {
    /// Whether there is an `any` or `all` of nothing in the tree.
    pub(crate) fn has_nothing(&self) -> bool {
        match self {
            Self::Any(needs) | Self::All(needs) => {
                let needs = needs.as_slice();
                needs.is_empty() || needs.iter().any(Need::has_nothing)
            }
            _ => false,
        }
    }

    /// Whether `public` is one of several things in the tree, where it says nothing.
    pub(crate) fn has_public_part(&self) -> bool {
        match self {
            Self::Any(needs) | Self::All(needs) => needs
                .as_slice()
                .iter()
                .any(|need| matches!(need, Self::Public) || need.has_public_part()),
            _ => false,
        }
    }

    /// Every need of the tree that is not made of others.
    pub(crate) fn leaves<'n>(&'n self, visit: &mut impl FnMut(&'n Self)) {
        match self {
            Self::Any(needs) | Self::All(needs) => needs
                .as_slice()
                .iter()
                .for_each(|need| need.leaves(&mut *visit)),
            leaf => visit(leaf),
        }
    }
}

/// What is missing, as the end of a sentence.
impl fmt::Display for Need<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("nothing"),
            Self::User => f.write_str("a user"),
            Self::Organization => f.write_str("an organization that the session is scoped to"),
            Self::Organizations(_) => f.write_str("another organization"),
            Self::Roles(names) => listed(f, ["the role", "one of the roles"], names),
            Self::Permissions(names) => listed(f, ["the permission", "the permissions"], names),
            Self::Scopes(names) => listed(f, ["the scope", "the scopes"], names),
            Self::FeatureFlags(names) => {
                listed(f, ["the feature flag", "the feature flags"], names)
            }
            Self::Any(needs) => joined(f, " or ", needs.as_slice()),
            Self::All(needs) => joined(f, " and ", needs.as_slice()),
        }
    }
}

fn listed(f: &mut fmt::Formatter<'_>, [one, several]: [&str; 2], names: &Names) -> fmt::Result {
    f.write_str(if names.iter().nth(1).is_some() {
        several
    } else {
        one
    })?;
    let mut separator = " ";
    for name in names.iter() {
        write!(f, "{separator}`{name}`")?;
        separator = ", ";
    }
    Ok(())
}

fn joined(f: &mut fmt::Formatter<'_>, word: &str, needs: &[Need]) -> fmt::Result {
    let mut separator = "";
    for need in needs {
        match need {
            Need::Any(_) | Need::All(_) => write!(f, "{separator}({need})")?,
            leaf => write!(f, "{separator}{leaf}")?,
        }
        separator = word;
    }
    Ok(())
}

/// Whether callers who are not signed in may have what has these needs. What says nothing is for who signs in.
#[cfg(feature = "rmcp")]
pub(crate) fn are_public(needs: &[Need]) -> bool {
    !needs.is_empty() && needs.iter().all(|need| matches!(need, Need::Public))
}

/// What WorkOS may have to be asked for these needs.
#[cfg(feature = "rmcp")]
pub(crate) fn questions_of(needs: &[Need]) -> Questions {
    let mut questions = Questions::default();
    for need in needs {
        need.leaves(&mut |leaf| {
            questions = questions
                | match leaf {
                    Need::Roles(_) => Question::Roles.into(),
                    Need::Permissions(_) => Question::Permissions.into(),
                    Need::FeatureFlags(_) => Question::FeatureFlags.into(),
                    _ => Questions::default(),
                };
        });
    }
    questions
}
