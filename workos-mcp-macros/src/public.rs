//! `#[public]`: marks a tool or a prompt as one for callers who are not signed in, too.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Ident, ext::IdentExt as _, parse::ParseStream, parse::Parser as _};

use crate::{
    diagnostics::Diagnostics,
    paths::Library,
    requires_session::bind_optional,
    tool_fn::{Above, BoundKind, ToolFn},
};

pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut problems = Diagnostics::default();
    let library = library.parse2(arguments).unwrap_or_else(|error| {
        problems.push(error);
        Library::default()
    });
    let mut function = match ToolFn::read(item, Above::Public) {
        Ok(function) => function,
        Err(instead) => return instead,
    };
    let bound = function.take_bound(&mut problems);
    if let Some(guard) = [Above::RequiresSession, Above::WorkosUser]
        .into_iter()
        .find(|guard| function.is_also(*guard))
    {
        function.contradicts(guard, &mut problems);
    } else if !function.is_offered() {
        problems.add(
            &function.signature.ident,
            "`#[public]` opens a tool or a prompt; put it above `#[tool]` or `#[prompt]`, and open resources by `Rule::public()` in `resource_rules`",
        );
    } else {
        for bound in &bound {
            let problem = match bound.kind {
                BoundKind::OptionalSession | BoundKind::OptionalPrincipal => continue,
                BoundKind::Session => {
                    "whoever calls a public tool need not be signed in; take `Option<Session>`"
                }
                BoundKind::Principal => {
                    "whoever calls a public tool need not be signed in; take `Option<Principal>`"
                }
                BoundKind::User => {
                    "whoever calls a public tool need not be signed in; take `Option<Session>`, and ask `workos_mcp::user()` where there is one"
                }
                BoundKind::OptionalUser => {
                    "`#[public]` loads no user; take `Option<Session>`, and ask `workos_mcp::user()` where there is one"
                }
            };
            problems.add(&bound.parameter.ty, problem);
        }
    }
    let public = library.need(&Ident::new("Public", Span::call_site()));
    let carried = quote!(&[#public]);
    function.carry(Some(&carried), &library, &mut problems);
    if !problems.is_empty() {
        return problems.beside(&function.without_guard(&bound));
    }
    if let Some(caller) = bound.first() {
        let statements = bind_optional(&function, caller, &library);
        function.prepend(&statements);
    }
    function.into_token_stream()
}

/// Nothing, or where the library is.
fn library(input: ParseStream<'_>) -> syn::Result<Library> {
    if input.is_empty() {
        return Ok(Library::default());
    }
    let word = input.call(Ident::parse_any)?;
    if word != "crate" {
        return Err(syn::Error::new(
            word.span(),
            "`#[public]` takes no rule; a tool with one is guarded by `#[requires_session]`",
        ));
    }
    Library::read(&word, input)
}
