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
    fields::{Second, Takes},
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
        (Takes::Audience, _) => audience(&field.value, library),
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

fn audience(value: &Expr, library: &Library) -> TokenStream {
    let variant = match value {
        // What a `macro_rules!` passes on.
        Expr::Group(group) => return audience(&group.expr, library),
        Expr::Path(path) if path.path.is_ident("client_id") => "ClientId",
        Expr::Path(path) if path.path.is_ident("resource") => "Resource",
        _ => return value.to_token_stream(),
    };
    library.audience(&Ident::new(variant, value.span()))
}
