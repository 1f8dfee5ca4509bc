//! `workos_provider!`: the builder of a provider, with what the source shows checked while it compiles.

mod args;
mod fields;
mod literal;
#[cfg(test)]
mod tests;
mod url_literal;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Ident, spanned::Spanned};

use self::{
    args::{Args, Field},
    fields::{Choice, Second, Takes},
    literal::Written,
};
use crate::{diagnostics::Diagnostics, paths::Library};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut problems = Diagnostics::default();
    let Args {
        library, fields, ..
    } = Args::read(input, &mut problems);
    let setters = fields.iter().map(|field| setter(field, &library));
    let provider = library.provider();
    problems.before(quote!(#provider::builder() #(#setters)* .build()))
}

/// The user's own name and value, with their spans, so that a type error is shown at the value.
fn setter(field: &Field, library: &Library) -> TokenStream {
    let name = &field.name;
    let value = match (&field.known.takes, literal::written(&field.value)) {
        (Takes::Word(choice), _) => word(&field.value, choice, library),
        // An empty array literal leaves the type of its elements open.
        (Takes::List { .. }, Written::List(array)) if array.elems.is_empty() => {
            quote_spanned!(array.span()=> [""; 0])
        }
        (Takes::Pairs(second), Written::List(array)) if array.elems.is_empty() => {
            let second = match second {
                Second::Rule => library.rule(),
                Second::Text => quote!(&str),
            };
            quote_spanned!(array.span()=> [] as [(&str, #second); 0])
        }
        _ => field.value.to_token_stream(),
    };
    quote!(.#name(#value))
}

fn word(value: &Expr, choice: &Choice, library: &Library) -> TokenStream {
    let path = match value {
        // What a `macro_rules!` passes on.
        Expr::Group(group) => return word(&group.expr, choice, library),
        Expr::Path(path) => &path.path,
        _ => return value.to_token_stream(),
    };
    let written = choice.words.iter().find(|(word, _)| path.is_ident(word));
    match written {
        Some((_, variant)) => library.choice(
            &Ident::new(choice.enumeration, value.span()),
            &Ident::new(variant, value.span()),
        ),
        None => value.to_token_stream(),
    }
}
