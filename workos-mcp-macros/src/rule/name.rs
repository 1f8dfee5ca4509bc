//! The names in a rule: string literals, or constants.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{
    Expr, ExprLit, ExprPath, Lit, LitStr, parse::ParseStream, parse::discouraged::Speculative as _,
};

use super::kind::Kind;

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
pub(super) fn check(name: &Expr, kind: &Kind) -> syn::Result<()> {
    let told = |problem: String| Err(syn::Error::new_spanned(name, problem));
    let literal = match name {
        Expr::Path(ExprPath { qself: None, .. }) => return Ok(()),
        Expr::Array(_) | Expr::Tuple(_) | Expr::Binary(_) => {
            return told(kind.several_are(&[kind.examples.to_owned()]));
        }
        _ => match literal(name) {
            Some(literal) => literal.value(),
            None => return told(NOT_A_NAME.to_owned()),
        },
    };
    let words: Vec<_> = literal.split_whitespace().collect();
    match &*words {
        [] => told(format!("the name of a {} is not empty", kind.noun)),
        [word] if *word != literal => told(format!("a name has no spaces; write {word:?}")),
        [word] if kind.one == "scope" && !is_scope(word) => {
            told("a scope is printable ASCII without quotes and backslashes".to_owned())
        }
        [_] => Ok(()),
        words => {
            let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
            told(format!(
                "a name has no spaces; {}",
                kind.several_are(&words)
            ))
        }
    }
}

/// Checks the id of an organization.
pub(super) fn check_organization(id: &Expr) -> syn::Result<()> {
    let problem = match (id, literal(id)) {
        (Expr::Path(ExprPath { qself: None, .. }), _) => return Ok(()),
        (Expr::Array(_) | Expr::Tuple(_) | Expr::Binary(_), _) => EITHER_ORGANIZATION,
        (_, None) => NOT_A_NAME,
        (_, Some(literal)) => {
            let literal = literal.value();
            if !literal.starts_with("org_") {
                "an organization id begins with `org_`; write `organization` alone for any"
            } else if literal.contains(char::is_whitespace) {
                EITHER_ORGANIZATION
            } else {
                return Ok(());
            }
        }
    };
    Err(syn::Error::new_spanned(id, problem))
}

const NOT_A_NAME: &str = "write a string literal, or a constant of the type `&str`";

pub(super) const EITHER_ORGANIZATION: &str = "one of several organizations is written `any(organization = \"org_a\", organization = \"org_b\")`";

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

fn literal(name: &Expr) -> Option<&LitStr> {
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
