//! `#[requires_session]`: guards a function and binds its `Session` or `Principal`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Ident, PatType};

use crate::{
    diagnostics::Diagnostics,
    paths::Library,
    rule::Rule,
    tool_fn::{Above, Bound, BoundKind, ToolFn},
};

const ABOVE: Above = Above::RequiresSession;

pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut problems = Diagnostics::default();
    let (library, rule) = Rule::read(arguments, &mut problems);
    let mut function = match ToolFn::read(item, ABOVE) {
        Ok(function) => function,
        Err(instead) => return instead,
    };
    let bound = function.take_bound(&mut problems);
    for bound in &bound {
        match bound.kind {
            BoundKind::Session | BoundKind::Principal => {}
            BoundKind::OptionalSession | BoundKind::OptionalPrincipal if rule.is_empty() => {}
            BoundKind::OptionalSession => problems.add(
                &bound.parameter.ty,
                "a rule needs somebody who is signed in; take `Session`",
            ),
            BoundKind::OptionalPrincipal => problems.add(
                &bound.parameter.ty,
                "a rule needs somebody to hold for; take `Principal`",
            ),
            BoundKind::User => problems.add(
                &bound.parameter.ty,
                "a `User` is bound by `#[workos_user]`; write that instead of `#[requires_session]`",
            ),
            BoundKind::OptionalUser => problems.add(
                &bound.parameter.ty,
                "`#[workos_user]` binds a `User`, and refuses callers without one; write that instead of `#[requires_session]`, and take `User`",
            ),
        }
    }
    if function.is_also(Above::Public) {
        function.contradicts(ABOVE, &mut problems);
    }
    function.check_place(ABOVE, &mut problems);
    // The server asks before it calls a tool or a prompt.
    if problems.is_empty()
        && rule.is_asked()
        && function.signature.asyncness.is_none()
        && !function.is_offered()
    {
        problems.add(
            function.signature.fn_token,
            "WorkOS is asked about roles, permissions and feature flags, so the function must be `async`; on a tool or prompt, put this attribute above `#[tool]` or `#[prompt]` instead",
        );
    } else {
        function.trap_place(&library);
    }
    let carried = rule.to_carry(&library);
    let optional = bound.iter().any(|bound| {
        matches!(
            bound.kind,
            BoundKind::OptionalSession | BoundKind::OptionalPrincipal
        )
    });
    if !optional {
        function.carry(carried.as_ref(), &library, &mut problems);
    }
    if !problems.is_empty() {
        return problems.beside(&function.without_guard(&bound));
    }
    let statements = match bound.first() {
        Some(bound) if optional => bind_optional(&function, bound, &library),
        caller => guard(&function, caller, &rule, &library),
    };
    function.prepend(&statements);
    function.into_token_stream()
}

/// The statement that refuses, or binds the caller.
pub(crate) fn guard(
    function: &ToolFn,
    caller: Option<&Bound>,
    rule: &Rule,
    library: &Library,
) -> TokenStream {
    let needs = rule.to_expression(library);
    let of_any_kind = caller.is_some_and(|caller| caller.kind == BoundKind::Principal);
    let waits = rule.is_asked() && function.signature.asyncness.is_some();
    let guard = library.guard(of_any_kind, waits);
    let waited = waits.then(|| quote!(.await));
    let checked = quote!(#guard(#needs) #waited);
    if let Some(caller) = caller.filter(|caller| !caller.stays) {
        return bind(function, caller, &checked, library);
    }
    let error = Ident::new("error", Span::mixed_site());
    let refusal = function.refusal(library, &error);
    quote! {
        if let ::core::result::Result::Err(#error) = #checked {
            return #refusal;
        }
    }
}

/// The statement that binds the caller, if there is one.
pub(crate) fn bind_optional(function: &ToolFn, caller: &Bound, library: &Library) -> TokenStream {
    let of_any_kind = caller.kind == BoundKind::OptionalPrincipal;
    let optional = library.optional_caller(of_any_kind);
    bind(function, caller, &quote!(#optional()), library)
}

/// Binds a parameter to what a fallible expression gives.
pub(crate) fn bind(
    function: &ToolFn,
    bound: &Bound,
    fallible: &TokenStream,
    library: &Library,
) -> TokenStream {
    let PatType { attrs, pat, ty, .. } = &bound.parameter;
    let value = Ident::new("value", Span::mixed_site());
    let error = Ident::new("error", Span::mixed_site());
    let guarded = Ident::new("guarded", Span::mixed_site());
    let refusal = function.refusal(library, &error);
    // The guard is a statement of its own: whatever the user's attributes do to the binding, it stays.
    quote! {
        let #guarded = match #fallible {
            ::core::result::Result::Ok(#value) => #value,
            ::core::result::Result::Err(#error) => return #refusal,
        };
        #(#attrs)*
        let #pat: #ty = #guarded;
    }
}
