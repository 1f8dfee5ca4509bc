//! What holds of whatever is written under an attribute or in `workos_provider!`, each as a function that panics where it
//! does not.
//!
//! A macro crate cannot be linked, so the fuzz targets include this file and the crate's others; the tests below
//! call the functions for every seed and a bounded number of changes to each.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        reason = "what must not fail is what is checked here"
    )
)]

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Meta, Token,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
};

use crate::{public, requires_session, workos_provider, workos_user};

/// Deeper ones end in the stack of any parser of Rust.
const DEEPEST: usize = 48;

/// The arguments of an attribute, and behind the first end of a line the item.
pub(crate) fn attribute(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    let (arguments, item) = input.split_once('\n').unwrap_or((&input, ""));
    let item = if item.is_empty() {
        "#[tool] async fn f(&self, session: Session) -> Result<String, Error> { body() }"
    } else {
        item
    };
    let (Some(arguments), Some(item)) = (tokens(arguments), tokens(item)) else {
        return;
    };
    for expand in [requires_session::expand, workos_user::expand] {
        let expanded = expand(arguments.clone(), &item);
        let text = readable(&expanded);
        // What compiles is guarded, unless it asks whether somebody is signed in.
        let checks = ["guard", "optional_session", "optional_principal"]
            .map(|check| format!(":: __private :: {check}"));
        assert!(
            text.contains(":: compile_error !") || checks.iter().any(|check| text.contains(check)),
            "{arguments} / {item}: {text}"
        );
    }
    let opened = public::expand(arguments.clone(), &item);
    let text = readable(&opened);
    // What compiles is a tool or a prompt, and the server is told that it is open.
    assert!(
        text.contains(":: compile_error !") || is_open(opened),
        "{arguments} / {item}: {text}"
    );
}

/// Whether a function is offered, and each attribute by which it is says that it is public, but for those that their own
/// macro cannot read.
fn is_open(function: TokenStream) -> bool {
    let attributes = |input: ParseStream<'_>| {
        let attributes = Attribute::parse_outer(input)?;
        input.parse::<TokenStream>()?;
        Ok(attributes)
    };
    let Ok(mut offers) = attributes.parse2(function) else {
        return false;
    };
    offers.retain(|attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|last| last.ident == "tool" || last.ident == "prompt")
    });
    !offers.is_empty()
        && offers.iter().all(|attribute| match &attribute.meta {
            Meta::Path(_) => false,
            Meta::NameValue(_) => true,
            Meta::List(list) => list
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .map_or(true, |arguments| arguments.iter().any(states_public)),
        })
}

/// Whether it is `meta = …`, with what `#[public]` adds.
fn states_public(argument: &Meta) -> bool {
    matches!(argument, Meta::NameValue(meta) if meta.path.is_ident("meta"))
        && argument
            .to_token_stream()
            .to_string()
            .contains(":: __private :: Need :: Public]")
}

/// The fields of `workos_provider!`.
pub(crate) fn provider_macro(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    let Some(fields) = tokens(&input) else {
        return;
    };
    let expanded = workos_provider::expand(fields.clone());
    let text = readable(&expanded);
    assert!(text.contains(":: Provider :: builder ()"), "{text}");
    // Whatever is wrong, the code around it sees an expression.
    let expression = syn::parse2::<syn::Expr>(expanded);
    assert!(expression.is_ok(), "{fields}: {text}");
}

/// The text of tokens that a compiler could read.
fn readable(tokens: &TokenStream) -> String {
    let text = tokens.to_string();
    assert!(text.parse::<TokenStream>().is_ok(), "{text}");
    text
}

/// Almost any text as tokens: its brackets are closed, and `$(…)` is what a `macro_rules!` passes on.
fn tokens(text: &str) -> Option<TokenStream> {
    let mut balanced = String::new();
    let mut open = Vec::new();
    let mut in_string = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if in_string => {
                balanced.push(letter);
                balanced.extend(letters.next());
                continue;
            }
            '"' => in_string = !in_string,
            _ if in_string => {}
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.pop_if(|close| *close == letter).is_none() => continue,
            _ => {}
        }
        if open.len() > DEEPEST {
            return None;
        }
        balanced.push(letter);
    }
    if in_string {
        balanced.push('"');
    }
    balanced.extend(open.iter().rev());
    let tokens: TokenStream = balanced.parse().ok()?;
    Some(passed_on(tokens))
}

fn passed_on(tokens: TokenStream) -> TokenStream {
    let mut dollar = None;
    let mut passed = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let hidden = dollar.is_some() && group.delimiter() == Delimiter::Parenthesis;
                let delimiter = if hidden {
                    Delimiter::None
                } else {
                    passed.extend(dollar.take());
                    group.delimiter()
                };
                dollar = None;
                passed.push(Group::new(delimiter, passed_on(group.stream())).into());
            }
            token => {
                passed.extend(dollar.take());
                match &token {
                    TokenTree::Punct(punct) if punct.as_char() == '$' => dollar = Some(token),
                    _ => passed.push(token),
                }
            }
        }
    }
    passed.extend(dollar);
    passed.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use proptest::{
        prelude::*,
        sample::{Index, select},
    };

    use super::*;

    fn seeds(name: &str) -> Vec<String> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../workos-mcp/fuzz/seeds");
        let files = fs::read_dir(folder.join(name)).unwrap();
        let seeds: Vec<_> = files
            .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
            .collect();
        assert!(seeds.len() > 4, "{name} has too few seeds");
        seeds
    }

    /// Pieces of seeds between the words, one after the other.
    fn mixed(seeds: &[String]) -> impl Strategy<Value = String> + use<> {
        let pieces: Vec<String> = seeds
            .iter()
            .flat_map(|seed| seed.split_inclusive([' ', ',', '(', ')', '[', ']', ':', '=', '\n']))
            .map(ToOwned::to_owned)
            .collect();
        prop::collection::vec(select(pieces), 0..40).prop_map(|pieces| pieces.concat())
    }

    /// A seed with a piece taken out, and something else in its place.
    fn changed(seeds: Vec<String>) -> impl Strategy<Value = String> {
        let instead = prop_oneof![
            Just(String::new()),
            mixed(&seeds),
            r#"[ ,=:()\[\]{}<>$&#!'"\\a-z0-9é]{0,12}"#,
        ];
        (select(seeds), any::<Index>(), 0..30_usize, instead).prop_map(
            |(seed, at, length, instead)| {
                let at = at.index(seed.chars().count() + 1);
                let before: String = seed.chars().take(at).collect();
                let behind: String = seed.chars().skip(at + length).collect();
                before + &instead + &behind
            },
        )
    }

    fn holds(name: &str, property: fn(&[u8])) {
        let seeds = seeds(name);
        for seed in &seeds {
            property(seed.as_bytes());
        }
        let config = ProptestConfig {
            cases: 1500,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        proptest!(config, |(input in prop_oneof![changed(seeds.clone()), mixed(&seeds)])| {
            property(input.as_bytes());
        });
    }

    #[test]
    fn whatever_stands_under_an_attribute_is_guarded_or_told() {
        holds("attribute", attribute);
    }

    #[test]
    fn whatever_stands_in_workos_provider_is_an_expression() {
        holds("provider_macro", provider_macro);
    }

    #[test]
    fn brackets_are_closed_and_passed_on() {
        let text = |text: &str| tokens(text).unwrap().to_string().replace(' ', "");
        assert_eq!(text(r#"a(b]["c("#), r#"a(b["c("])"#);
        assert_eq!(text("a = $(b) $"), "a=b$");
    }
}
