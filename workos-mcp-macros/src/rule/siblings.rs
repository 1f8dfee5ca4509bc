//! What stands beside each other at one level of a rule.

use syn::Ident;

use super::{
    Need,
    kind::{Kind, Meant},
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
            (Need::Organization { id: one, .. }, Need::Organization { id: other, .. })
                if level != Level::Any =>
            {
                return told(match (one, other) {
                    (Some(_), Some(_)) => format!(
                        "a session has one organization; write `any({}, {})` for either",
                        earlier.written(),
                        need.written()
                    ),
                    (id, _) => {
                        let certain = if id.is_some() { earlier } else { need };
                        format!(
                            "a second `organization`; write `{}` alone",
                            certain.written()
                        )
                    }
                });
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
    let which = if earlier.word() == need.word() {
        format!("a second `{word}`")
    } else {
        format!("`{word}` beside `{}`", earlier.word())
    };
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

impl Need {
    /// The argument it was read from.
    fn written(&self) -> String {
        match self {
            Self::Organization { id: None, .. } => self.word().to_owned(),
            Self::Organization { id: Some(name), .. } => {
                format!("{} = {}", self.word(), written(name))
            }
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
            Self::Organization { .. } => "organization",
            Self::Names { kind, names } if names.len() == 1 => kind.one,
            Self::Names { kind, .. } => kind.several,
            Self::Any(_) => "any",
            Self::All(_) => "all",
        }
    }
}
