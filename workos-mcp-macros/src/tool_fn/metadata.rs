//! The metadata of a tool or a prompt, in which its rule travels to the server.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, LitStr, Meta, Token, parse_quote, punctuated::Punctuated};

use super::{ToolFn, is_named};
use crate::{diagnostics::Diagnostics, paths::Library};

/// The key under which a tool's metadata carries its rule; the library has the same.
const METADATA_KEY: &str = "workos-mcp/rule";

type Arguments = Punctuated<Meta, Token![,]>;

impl ToolFn {
    /// Lets the rule ride in the metadata of a `#[tool]` or `#[prompt]` below. No rule does not ride as an empty one: rmcp makes all metadata
    /// anew for each call.
    pub(crate) fn carry(
        &mut self,
        rule: Option<&TokenStream>,
        library: &Library,
        problems: &mut Diagnostics,
    ) {
        for attribute in &mut self.attributes {
            if (is_named(attribute, "tool") || is_named(attribute, "prompt"))
                && let Err(error) = carry(attribute, rule, library)
            {
                problems.push(error);
            }
        }
    }
}

/// Adds the rule to `meta = …` of `#[tool(…)]`, or adds `meta = …`.
fn carry(
    attribute: &mut Attribute,
    rule: Option<&TokenStream>,
    library: &Library,
) -> syn::Result<()> {
    let arguments = match &attribute.meta {
        Meta::Path(_) => Arguments::new(),
        // What is wrong with the arguments is for `#[tool]` itself to say.
        Meta::List(list) => match list.parse_args_with(Arguments::parse_terminated) {
            Ok(arguments) => arguments,
            Err(_) => return Ok(()),
        },
        Meta::NameValue(_) => return Ok(()),
    };
    let (metadata, others): (Vec<_>, Vec<_>) = arguments.into_iter().partition(
        |argument| matches!(argument, Meta::NameValue(meta) if meta.path.is_ident("meta")),
    );
    let own = match metadata.first() {
        Some(Meta::NameValue(meta)) => Some(&meta.value),
        _ => None,
    };
    if let Some(key) = own.and_then(|own| find_key(own.to_token_stream())) {
        return Err(syn::Error::new(
            key,
            format!("`{METADATA_KEY}` belongs to this attribute; write the rule as its arguments"),
        ));
    }
    let carried = match (rule, own) {
        (None, _) => return Ok(()),
        (Some(rule), Some(own)) => {
            let with_rule = library.with_rule();
            quote!(#with_rule(#own, #rule))
        }
        (Some(rule), None) => {
            let only_rule = library.only_rule();
            quote!(#only_rule(#rule))
        }
    };
    let path = attribute.path();
    attribute.meta = parse_quote!(#path(#(#others,)* meta = #carried));
    Ok(())
}

fn find_key(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => find_key(group.stream()),
        TokenTree::Literal(literal) => {
            let literal: LitStr = syn::parse2(literal.to_token_stream()).ok()?;
            (literal.value() == METADATA_KEY).then(|| literal.span())
        }
        _ => None,
    })
}
