//! `field: expr, …` as the user wrote it. A mistake in one field leaves the others standing, so that
//! one compilation shows all of them, and half-typed input in an editor too.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{
    Expr, Ident, Token,
    ext::IdentExt as _,
    parse::{End, ParseStream, Parser as _, discouraged::Speculative as _},
};

use super::{
    fields::{self, Known},
    literal,
};
use crate::{diagnostics::Diagnostics, paths::Library};

#[derive(Default)]
pub(super) struct Args {
    pub(super) library: Library,
    /// Those that can be set.
    pub(super) fields: Vec<Field>,
    seen: Vec<&'static Known>,
}

pub(super) struct Field {
    pub(super) known: &'static Known,
    pub(super) name: Ident,
    pub(super) value: Expr,
}

impl Args {
    pub(super) fn read(input: TokenStream, problems: &mut Diagnostics) -> Self {
        let mut args = Self::default();
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(problem) = args.field(input, problems).and_then(|()| comma(input)) {
                    problems.push(problem);
                    skip_to_field(input);
                }
            }
            Ok(())
        };
        if let Err(problem) = parser.parse2(input) {
            problems.push(problem);
        }
        args
    }

    fn field(&mut self, input: ParseStream<'_>, problems: &mut Diagnostics) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(
                "expected a field and its value, such as `base_url: \"https://mcp.example.com\"`",
            ));
        }
        let name = Ident::parse_any(input)?;
        if name == "crate" {
            self.library = Library::read(&name, input)?;
            return Ok(());
        }
        let Some(known) = fields::find(&name) else {
            skip_value(input);
            return Err(fields::unknown(&name));
        };
        let value = value(&name, known, input)?;
        if self.seen.contains(&known) {
            let problem = format!("`{}` is set twice; keep the first or this one", known.name);
            return Err(syn::Error::new(name.span(), problem));
        }
        self.seen.push(known);
        // A setter for a value that is already reported would be reported once more, by the compiler.
        if literal::check(known, &value, problems) {
            self.fields.push(Field { known, name, value });
        }
        Ok(())
    }
}

fn value(name: &Ident, known: &Known, input: ParseStream<'_>) -> syn::Result<Expr> {
    let Known {
        example, left_out, ..
    } = known;
    if at_end_of_field(input) {
        let problem = format!(
            "`{name}` has no value; write `{name}: {name}` for a variable of that name, or leave it out {left_out}"
        );
        return Err(syn::Error::new(name.span(), problem));
    }
    if !input.peek(Token![:]) || input.peek(Token![::]) {
        return Err(input.error(format!("expected `:` between `{name}` and its value")));
    }
    let colon: Token![:] = input.parse()?;
    if at_end_of_field(input) || at_field(input) {
        let problem = format!(
            "`{name}` has no value; write one, such as `{name}: {example}`, or leave it out {left_out}"
        );
        return Err(syn::Error::new_spanned(quote!(#name #colon), problem));
    }
    // A parser that fails inside brackets would make `parse2` fail as a whole; the one of a fork does not.
    let ahead = input.fork();
    match ahead.parse() {
        Ok(value) => {
            input.advance_to(&ahead);
            Ok(value)
        }
        Err(problem) if ahead.is_empty() => Err(unfinished(name, input, problem)),
        Err(problem) => Err(problem),
    }
}

/// The end of the input has no place but the whole macro; what stands before it has. Inside brackets
/// the parser finds the place itself.
fn unfinished(name: &Ident, input: ParseStream<'_>, problem: syn::Error) -> syn::Error {
    let written = input.cursor().token_stream();
    match written.clone().into_iter().last() {
        None | Some(TokenTree::Group(_)) => problem,
        Some(_) => {
            syn::Error::new_spanned(written, format!("the value of `{name}` is not finished"))
        }
    }
}

/// A field that is already wrong is read for the sake of those behind it only.
fn skip_value(input: ParseStream<'_>) {
    let ahead = input.fork();
    if ahead.parse::<Token![:]>().is_ok() && ahead.parse::<Expr>().is_ok() {
        input.advance_to(&ahead);
    }
}

fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(());
    }
    Err(input.error("expected `,` between the fields"))
}

fn at_end_of_field(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

fn at_field(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::])
}

fn skip_to_field(input: ParseStream<'_>) {
    while !input.is_empty() && !at_field(input) {
        let after_comma = input.peek(Token![,]);
        if input.parse::<TokenTree>().is_err() {
            return;
        }
        let named = input.peek(Ident::peek_any);
        if after_comma && named && (input.peek2(Token![,]) || input.peek2(End)) {
            return;
        }
    }
}
