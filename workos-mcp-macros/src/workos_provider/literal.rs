//! What the values of fields look like before there are types: only what is certainly wrong is
//! reported, the rest is left to the compiler and to the run time.

use syn::{Expr, ExprArray, ExprMethodCall, Lit, LitStr, UnOp};

use super::fields::{self, Choice, Known, Takes};
use crate::diagnostics::Diagnostics;

pub(super) enum Written<'a> {
    Text(&'a LitStr),
    Flag,
    List(&'a ExprArray),
    /// `&[…]`, whose elements come out as references to references.
    BorrowedList,
    /// A literal of yet another type.
    Other,
    Computed,
}

pub(super) fn written(value: &Expr) -> Written<'_> {
    match value {
        Expr::Group(group) => written(&group.expr),
        Expr::Paren(paren) => written(&paren.expr),
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Written::Text(text),
            Lit::Bool(_) => Written::Flag,
            _ => Written::Other,
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match written(&unary.expr) {
            Written::Other => Written::Other,
            _ => Written::Computed,
        },
        Expr::Array(array) => Written::List(array),
        Expr::Tuple(_) => Written::Other,
        Expr::Reference(reference) => match written(&reference.expr) {
            Written::List(_) => Written::BorrowedList,
            text @ Written::Text(_) => text,
            _ => Written::Computed,
        },
        Expr::MethodCall(call) if is_conversion(call) => text_or_computed(&call.receiver),
        Expr::Call(call) if call.args.len() == 1 && is_string_from(&call.func) => call
            .args
            .first()
            .map_or(Written::Computed, text_or_computed),
        _ => Written::Computed,
    }
}

fn text_or_computed(value: &Expr) -> Written<'_> {
    match written(value) {
        text @ Written::Text(_) => text,
        _ => Written::Computed,
    }
}

fn is_conversion(call: &ExprMethodCall) -> bool {
    call.args.is_empty()
        && ["to_string", "to_owned", "into"]
            .iter()
            .any(|name| call.method == name)
}

fn is_string_from(function: &Expr) -> bool {
    let Expr::Path(path) = function else {
        return false;
    };
    let mut names = path
        .path
        .segments
        .iter()
        .rev()
        .map(|segment| &segment.ident);
    names.next().is_some_and(|name| name == "from")
        && names.next().is_some_and(|name| name == "String")
}

/// Whether the field can be set; if not, `problems` say why.
pub(super) fn check(known: &Known, value: &Expr, problems: &mut Diagnostics) -> bool {
    let before = problems.len();
    let (name, example) = (known.name, known.example);
    match (&known.takes, written(value)) {
        (_, Written::Computed)
        | (Takes::Flag, Written::Flag) => {}
        (Takes::Secret, Written::Text(_)) => problems.add(
            value,
            format_args!(
                "a secret key must not stand in the source; leave `{name}` out {}, or read the key at run time",
                known.left_out
            ),
        ),
        (Takes::Permission, Written::Text(text)) if is_secret(text) => problems.add(
            text,
            format_args!(
                "this is a secret key, and `{name}` takes the permission that a caller's key must have, such as `{example}`; \
                 the key of this server belongs into `api_key`, and must not stand in the source",
            ),
        ),
        (_, Written::Text(text)) if is_secret(text) => secret(known, text, problems),
        (Takes::Text(check), Written::Text(text)) => text_of(known, *check, text, problems),
        (Takes::Permission, Written::Text(text)) => text_of(known, fields::permission, text, problems),
        (Takes::List { empty }, Written::List(array)) => {
            if let (Some(problem), true) = (empty, array.elems.is_empty()) {
                problems.add(array, format_args!("`{name}` {problem}"));
            }
            for element in &array.elems {
                check_element(known, element, problems);
            }
        }
        (Takes::Pairs(_), Written::List(array)) => {
            for element in &array.elems {
                let pair = matches!(element, Expr::Tuple(tuple) if tuple.elems.len() == 2);
                if !pair && !matches!(written(element), Written::Computed) {
                    problems.add(element, format_args!("`{name}` takes an array of pairs, such as `{example}`"));
                }
            }
        }
        (Takes::List { .. } | Takes::Pairs(_), Written::BorrowedList) => {
            problems.add(value, format_args!("`{name}` takes the array itself; write it without `&`"));
        }
        (Takes::List { .. }, Written::Text(text)) => {
            problems.add(value, format_args!("`{name}` takes an array of strings; write `{}`", array_of(&text.value(), example)));
        }
        (Takes::List { .. }, _) => {
            problems.add(value, format_args!("`{name}` takes an array of strings, such as `{example}`"));
        }
        (Takes::Secret | Takes::Text(_) | Takes::Permission, _) => {
            problems.add(value, format_args!("`{name}` takes a string, such as `{example}`"));
        }
        (Takes::Flag, _) => problems.add(value, format_args!("`{name}` takes `true` or `false`")),
        (Takes::Word(Choice { words: [(one, _), (other, _)], .. }), _) => problems.add(
            value,
            format_args!("`{name}` takes the word `{one}` or the word `{other}`, without quotes; leave it out for `{one}`"),
        ),
        (Takes::Pairs(_), _) => {
            problems.add(value, format_args!("`{name}` takes an array of pairs, such as `{example}`"));
        }
        (Takes::Rule, _) => problems.add(value, format_args!("`{name}` takes a `Rule`, such as `{example}`")),
        (Takes::Limits, _) => problems.add(
            value,
            "`limits` takes a `Limits`; begin with `Limits::default()`, then set what is to differ",
        ),
    }
    problems.len() == before
}

fn text_of(
    known: &Known,
    check: fn(&str) -> Result<(), String>,
    text: &LitStr,
    problems: &mut Diagnostics,
) {
    if let Err(problem) = check_text(known, check, &text.value()) {
        problems.add(text, format_args!("`{}` {problem}", known.name));
    }
}

fn check_text(
    known: &Known,
    check: fn(&str) -> Result<(), String>,
    text: &str,
) -> Result<(), String> {
    if text.is_empty() {
        return Err(format!(
            "is empty; leave it out {}, or write a value such as `{}`",
            known.left_out, known.example
        ));
    }
    check(text)
}

fn check_element(known: &Known, element: &Expr, problems: &mut Diagnostics) {
    match written(element) {
        Written::Text(text) if is_secret(text) => secret(known, text, problems),
        Written::Text(_) | Written::Computed => {}
        _ => problems.add(
            element,
            format_args!(
                "`{}` takes an array of strings, such as `{}`",
                known.name, known.example,
            ),
        ),
    }
}

fn is_secret(text: &LitStr) -> bool {
    text.value().starts_with("sk_")
}

fn secret(known: &Known, text: &LitStr, problems: &mut Diagnostics) {
    problems.add(
        text,
        format_args!(
            "this is a secret key, which must not stand in the source; `{}` takes a value such as `{}`",
            known.name, known.example,
        ),
    );
}

/// What was meant by one string: scopes and the like are often written side by side in one.
fn array_of(text: &str, example: &str) -> String {
    let separator = |character: char| character.is_whitespace() || character == ',';
    let items: Vec<_> = text
        .split(separator)
        .filter(|item| !item.is_empty())
        .map(|item| format!("{item:?}"))
        .collect();
    if items.is_empty() {
        example.to_owned()
    } else {
        format!("[{}]", items.join(", "))
    }
}
