//! What a rule can ask for by name, and how it is written.

use syn::{Ident, ext::IdentExt as _};

use crate::nearest::nearest;

/// Something that has a name which WorkOS knows.
pub(super) struct Kind {
    /// The argument for one of it.
    pub(super) one: &'static str,
    /// The argument for several.
    pub(super) several: &'static str,
    pub(super) noun: &'static str,
    pub(super) example: &'static str,
    pub(super) examples: &'static str,
    /// How the names of a list are meant.
    pub(super) meant: Meant,
    /// Whether WorkOS may have to be asked, because a token need not say it.
    pub(super) asked: bool,
    pub(super) variant: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    OneOfThem,
    AllOfThem,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.one == other.one
    }
}

pub(super) static ORGANIZATION: Kind = Kind {
    one: "organization",
    several: "organizations",
    noun: "organization",
    example: "\"org_…\"",
    examples: "\"org_a\", \"org_b\"",
    meant: Meant::OneOfThem,
    asked: false,
    variant: "Organizations",
};

pub(super) static ROLE: Kind = Kind {
    one: "role",
    several: "roles",
    noun: "role",
    example: "\"admin\"",
    examples: "\"admin\", \"editor\"",
    meant: Meant::OneOfThem,
    asked: true,
    variant: "Roles",
};

pub(super) static PERMISSION: Kind = Kind {
    one: "permission",
    several: "permissions",
    noun: "permission",
    example: "\"reports:export\"",
    examples: "\"reports:read\", \"reports:export\"",
    meant: Meant::AllOfThem,
    asked: true,
    variant: "Permissions",
};

pub(super) static SCOPE: Kind = Kind {
    one: "scope",
    several: "scopes",
    noun: "scope",
    example: "\"reports:export\"",
    examples: "\"reports:read\", \"reports:export\"",
    meant: Meant::AllOfThem,
    asked: false,
    variant: "Scopes",
};

static FEATURE_FLAG: Kind = Kind {
    one: "feature_flag",
    several: "feature_flags",
    noun: "feature flag",
    example: "\"new-reports\"",
    examples: "\"new-reports\", \"exports\"",
    meant: Meant::AllOfThem,
    asked: true,
    variant: "FeatureFlags",
};

/// In the order of the documentation.
static KINDS: [&Kind; 5] = [&ORGANIZATION, &ROLE, &PERMISSION, &SCOPE, &FEATURE_FLAG];

/// What an argument is about, by the word it begins with.
pub(super) enum Word {
    /// Of a kind that also stands without a name.
    Organization,
    One(&'static Kind),
    Several(&'static Kind),
    Any,
    All,
    Library,
}

impl Word {
    pub(super) fn of(written: &Ident) -> syn::Result<Self> {
        let word = written.unraw().to_string();
        match &*word {
            "organization" => return Ok(Self::Organization),
            "any" => return Ok(Self::Any),
            "all" => return Ok(Self::All),
            "crate" => return Ok(Self::Library),
            _ => {}
        }
        for kind in KINDS {
            if word == kind.one {
                return Ok(Self::One(kind));
            }
            if word == kind.several {
                return Ok(Self::Several(kind));
            }
        }
        Err(syn::Error::new(written.span(), unknown(&word)))
    }
}

fn unknown(word: &str) -> String {
    let names = || {
        KINDS
            .into_iter()
            .flat_map(|kind| [kind.one, kind.several])
            .chain(["any", "all", "crate"])
    };
    if let Some(nearest) = nearest(word, names()) {
        return format!("unknown argument `{word}`; did you mean `{nearest}`?");
    }
    let names = names().collect::<Vec<_>>().join("`, `");
    format!("unknown argument `{word}`; the arguments are `{names}`")
}

impl Kind {
    /// The kind that an argument for one of it begins with.
    pub(super) fn of_one(word: &Ident) -> Option<&'static Self> {
        let word = word.unraw();
        KINDS.into_iter().find(|kind| word == kind.one)
    }

    /// How several of it are written.
    pub(super) fn several_are(&self, names: &[String]) -> String {
        format!(
            "several {}s are written `{}({})`, where {}",
            self.noun,
            self.several,
            names.join(", "),
            self.meaning()
        )
    }

    /// How the names of a list are meant, for the end of a sentence.
    pub(super) fn meaning(&self) -> &'static str {
        match self.meant {
            Meant::OneOfThem => "one of them is enough",
            Meant::AllOfThem => "all of them are needed",
        }
    }
}
