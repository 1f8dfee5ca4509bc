//! What stands beside each other at one level of a rule.

use syn::Ident;

use super::{
    Need,
    kind::{Kind, Meant, ORGANIZATION},
    name::{written, written_once},
};

/// Where arguments stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Directly in the attribute: all of them must hold, which `role` and `role` beside each other
    /// probably do not mean.
    Attribute,
    Any,
    All,
}

/// What is wrong with an argument for what stands before it.
pub(super) fn check(before: &[Need], word: &Ident, need: &Need, level: Level) -> syn::Result<()> {
    let told = |problem: String| Err(syn::Error::new(word.span(), problem));
    for earlier in before {
        if earlier.written() == need.written() {
            return told(format!(
                "`{}` stands here twice; write it once",
                need.written()
            ));
        }
        match (earlier, need) {
            (Need::Names { kind, names: some }, Need::Names { kind: other, names })
                if kind == other && **kind == ORGANIZATION && level != Level::Any =>
            {
                let together = written_once(some.iter().chain(names)).join(", ");
                return told(format!(
                    "a session has one organization; write `organizations({together})` for one of them"
                ));
            }
            (Need::Organization(_), certain @ Need::Names { kind, .. })
            | (certain @ Need::Names { kind, .. }, Need::Organization(_))
                if **kind == ORGANIZATION && level != Level::Any =>
            {
                return told(format!(
                    "{}; write `{}` alone",
                    beside(word, earlier),
                    certain.written()
                ));
            }
            (Need::Names { kind, names: some }, Need::Names { kind: other, names })
                if kind == other && level == Level::Attribute =>
            {
                let together = written_once(some.iter().chain(names)).join(", ");
                return told(second(kind, word, &together, earlier, need));
            }
            _ => {}
        }
    }
    Ok(())
}

fn second(kind: &Kind, word: &Ident, together: &str, earlier: &Need, need: &Need) -> String {
    let Kind { several, .. } = kind;
    let which = beside(word, earlier);
    match kind.meant {
        Meant::OneOfThem => format!(
            "{which}; write `{several}({together})` if one of them is enough, or `all({}, {})` if both are needed",
            earlier.written(),
            need.written()
        ),
        Meant::AllOfThem => {
            format!("{which}; write all of them in one `{several}({together})`")
        }
    }
}

fn beside(word: &Ident, earlier: &Need) -> String {
    if word == earlier.word() {
        format!("a second `{word}`")
    } else {
        format!("`{word}` beside `{}`", earlier.word())
    }
}

impl Need {
    /// The argument it was read from.
    fn written(&self) -> String {
        match self {
            Self::Organization(_) => self.word().to_owned(),
            Self::Names { names, .. } => match &**names {
                [name] => format!("{} = {}", self.word(), written(name)),
                names => {
                    let names = names.iter().map(written).collect::<Vec<_>>().join(", ");
                    format!("{}({names})", self.word())
                }
            },
            Self::Any(needs) | Self::All(needs) => {
                let needs = needs.iter().map(Self::written).collect::<Vec<_>>();
                format!("{}({})", self.word(), needs.join(", "))
            }
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Organization(_) => ORGANIZATION.one,
            Self::Names { kind, names } if names.len() == 1 => kind.one,
            Self::Names { kind, .. } => kind.several,
            Self::Any(_) => "any",
            Self::All(_) => "all",
        }
    }
}
