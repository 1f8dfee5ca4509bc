//! The names in a rule: string literals, or constants.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{
    Expr, ExprLit, ExprPath, Lit, LitStr, parse::ParseStream, parse::discouraged::Speculative as _,
};

use super::{
    kind::{Kind, ORGANIZATION, SCOPE},
    operators,
};

/// Reads an expression. What cannot be read is left where it is.
pub(super) fn expression(input: ParseStream<'_>) -> syn::Result<Expr> {
    // A parser that fails inside brackets would make `parse2` fail as a whole; the one of a fork does not.
    let ahead = input.fork();
    let expression = ahead
        .parse()
        .map_err(|problem| placed(problem, input, &ahead))?;
    input.advance_to(&ahead);
    Ok(ungrouped(expression))
}

/// The end of the input has no place but the whole attribute; what stands before it has.
fn placed(problem: syn::Error, input: ParseStream<'_>, ahead: ParseStream<'_>) -> syn::Error {
    let written = input.cursor().token_stream();
    match written.clone().into_iter().last() {
        // Inside brackets the parser finds the place itself.
        None | Some(TokenTree::Group(_)) => problem,
        Some(_) if ahead.is_empty() => {
            syn::Error::new_spanned(written, "this value is not finished")
        }
        Some(_) => problem,
    }
}

/// What comes out of a `macro_rules!` is grouped.
fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        expression => expression,
    }
}

/// Checks a name of this kind.
pub(super) fn check(name: &Expr, kind: &'static Kind) -> syn::Result<()> {
    problem(name, kind).map_or(Ok(()), |problem| {
        Err(syn::Error::new_spanned(name, problem))
    })
}

fn problem(name: &Expr, kind: &'static Kind) -> Option<String> {
    let several_are = || kind.several_are(&[kind.examples.to_owned()]);
    let literal = match name {
        Expr::Path(ExprPath { qself: None, .. }) => return None,
        Expr::Array(_) | Expr::Tuple(_) => return Some(several_are()),
        Expr::Binary(_) => return Some(operators::instead(name, kind).unwrap_or_else(several_are)),
        Expr::Assign(_) => {
            return Some(operators::instead(name, kind).unwrap_or_else(|| NOT_A_NAME.to_owned()));
        }
        _ => match literal(name) {
            Some(literal) => literal.value(),
            None => return Some(NOT_A_NAME.to_owned()),
        },
    };
    let words: Vec<_> = literal.split_whitespace().collect();
    match &*words {
        [] => Some(format!(
            "an empty name; write one, such as {}",
            kind.example
        )),
        [first, ..] if *kind == ORGANIZATION && !first.starts_with("org_") => Some(
            "an organization id begins with `org_`; write `organization` alone for any".to_owned(),
        ),
        [word] if *word != literal => Some(format!("a name has no spaces; write {word:?}")),
        [word] if *kind == SCOPE && !is_scope(word) => {
            Some("a scope is printable ASCII without quotes and backslashes".to_owned())
        }
        [_] => None,
        words => {
            let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
            Some(format!(
                "a name has no spaces; {}",
                kind.several_are(&words)
            ))
        }
    }
}

const NOT_A_NAME: &str = "write a string literal, or a constant of the type `&str`";

/// A name as the user wrote it.
pub(super) fn written(name: &Expr) -> String {
    match literal(name) {
        Some(literal) => literal.token().to_string(),
        None => name.to_token_stream().to_string().replace(' ', ""),
    }
}

/// Names as the user wrote them, each one once.
pub(super) fn written_once<'a>(names: impl IntoIterator<Item = &'a Expr>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for name in names {
        let name = written(name);
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}

/// Whether it is a literal, or by its spelling a constant.
pub(super) fn is_unmistakable(name: &Expr) -> bool {
    let is_constant = |path: &ExprPath| {
        let last = path.path.segments.last().map(|last| last.ident.to_string());
        last.is_some_and(|last| !last.contains(char::is_lowercase))
    };
    literal(name).is_some() || matches!(name, Expr::Path(path) if is_constant(path))
}

pub(super) fn literal(name: &Expr) -> Option<&LitStr> {
    match name {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => Some(literal),
        _ => None,
    }
}

/// The characters of a scope, [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).
fn is_scope(scope: &str) -> bool {
    scope
        .bytes()
        .all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}
