//! The things that WorkOS may have to be asked.

use std::ops::BitOr;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Roles,
    Permissions,
    FeatureFlags,
}

impl Question {
    pub(crate) const EACH: [Self; 3] = [Self::Roles, Self::Permissions, Self::FeatureFlags];
}

/// Some of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Questions(u8);

impl Questions {
    pub(crate) const ALL: Self = Self(0b111);

    pub(crate) fn contains(self, question: Question) -> bool {
        self.0 & Self::from(question).0 != 0
    }

    #[cfg(feature = "rmcp")]
    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    #[cfg(feature = "rmcp")]
    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl From<Question> for Questions {
    fn from(question: Question) -> Self {
        Self(1 << question as u8)
    }
}

impl BitOr for Questions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
