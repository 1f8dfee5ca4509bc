//! Rules that are joined by operators, as conditions of Rust are: attributes have none, so what to write instead.

use syn::{BinOp, Expr, Token, parse::ParseStream};

use super::{
    kind::{Kind, Meant, ORGANIZATION},
    name,
};

/// `"a" || role = "b"` behind `role =`, as it is read: the second rule is in the first one's value.
pub(super) fn instead(value: &Expr, kind: &'static Kind) -> Option<String> {
    let mut joined = Joined::default();
    joined.read(value)?;
    let meant = joined.meant?;
    let mut kind = kind;
    let mut rules = Vec::new();
    for Operand { kind: own, name } in joined.operands {
        kind = own.unwrap_or(kind);
        name::check(name, kind).ok()?;
        rules.push((kind, name::written(name)));
    }
    Some(written(meant, &rules))
}

fn written(meant: Meant, rules: &[(&'static Kind, String)]) -> String {
    let names: Vec<_> = rules.iter().map(|(_, name)| name.clone()).collect();
    let group = rules
        .iter()
        .map(|(kind, name)| format!("{} = {name}", kind.one))
        .collect::<Vec<_>>()
        .join(", ");
    let list = rules.first().map(|(kind, _)| *kind).filter(|first| {
        let same = rules.iter().all(|(kind, _)| kind == first);
        // No session has two organizations, whatever the operator says.
        same && (first.meant == meant || **first == ORGANIZATION)
    });
    match (list, meant) {
        (Some(kind), Meant::OneOfThem) if kind.meant == meant => format!(
            "alternatives are written `{}({})`, or `any({group})`",
            kind.several,
            names.join(", ")
        ),
        (Some(kind), _) => kind.several_are(&names),
        (None, Meant::OneOfThem) => format!("alternatives are written `any({group})`"),
        (None, Meant::AllOfThem) => format!("rules that must all hold are written `all({group})`"),
    }
}

#[derive(Default)]
struct Joined<'e> {
    operands: Vec<Operand<'e>>,
    /// By the operators, all of them the same.
    meant: Option<Meant>,
}

struct Operand<'e> {
    /// `None` where no word stands before the name.
    kind: Option<&'static Kind>,
    name: &'e Expr,
}

impl<'e> Joined<'e> {
    fn read(&mut self, value: &'e Expr) -> Option<()> {
        match value {
            Expr::Binary(binary) => {
                let meant = match binary.op {
                    BinOp::Or(_) | BinOp::BitOr(_) => Meant::OneOfThem,
                    BinOp::And(_) | BinOp::BitAnd(_) => Meant::AllOfThem,
                    _ => return None,
                };
                if *self.meant.get_or_insert(meant) != meant {
                    return None;
                }
                self.read(&binary.left)?;
                self.read(&binary.right)
            }
            Expr::Assign(assigned) => {
                self.read(&assigned.left)?;
                let Expr::Path(word) = self.operands.pop()?.name else {
                    return None;
                };
                let kind = Kind::of_one(word.path.get_ident()?)?;
                let first = self.operands.len();
                self.read(&assigned.right)?;
                self.operands.get_mut(first)?.kind = Some(kind);
                Some(())
            }
            name => {
                self.operands.push(Operand { kind: None, name });
                Some(())
            }
        }
    }
}

/// What to write for the operator that stands here, if one does.
pub(super) fn here(input: ParseStream<'_>) -> Option<&'static str> {
    if input.peek(Token![|]) {
        Some("alternatives are written `any(…, …)`")
    } else if input.peek(Token![&]) {
        Some("rules that must all hold are written with a comma between them")
    } else {
        None
    }
}
