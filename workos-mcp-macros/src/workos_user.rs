//! `#[workos_user]`: guards a function and binds its `User`, loaded from the WorkOS API, and its `Session`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::{
    diagnostics::Diagnostics,
    requires_session::{bind, guard},
    rule::Rule,
    tool_fn::{Above, BoundKind, ToolFn},
};

const ABOVE: Above = Above::WorkosUser;

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
            BoundKind::OptionalSession => problems.add(
                &bound.parameter.ty,
                "`#[workos_user]` refuses callers who are not signed in, so take `Session`",
            ),
            BoundKind::Principal | BoundKind::OptionalPrincipal => problems.add(
                &bound.parameter.ty,
                "`#[workos_user]` refuses callers who are not users, so take `Session`",
            ),
            BoundKind::OptionalUser => problems.add(
                &bound.parameter.ty,
                "`#[workos_user]` refuses callers without a user, so take `User`",
            ),
            BoundKind::Session | BoundKind::User => {}
        }
    }
    if function.is_also(Above::Public) {
        function.contradicts(ABOVE, &mut problems);
    }
    function.check_place(ABOVE, &mut problems);
    let user = bound.iter().find(|bound| bound.kind == BoundKind::User);
    let session = bound.iter().find(|bound| bound.kind == BoundKind::Session);
    if problems.is_empty() {
        if function.signature.asyncness.is_none() {
            problems.add(
                function.signature.fn_token,
                "`#[workos_user]` waits for the WorkOS API, so the function must be `async`",
            );
        } else if user.is_none() {
            problems.add(
                &function.signature.ident,
                "`#[workos_user]` loads the user for a parameter of the type `User`; add one, or write `#[requires_session]`",
            );
        }
    }
    let carried = rule.to_carry(&library);
    function.carry(carried.as_ref(), &library, &mut problems);
    let Some(user) = user.filter(|_| problems.is_empty()) else {
        return problems.beside(&function.without_guard(&bound));
    };
    let guarded = guard(&function, session, &rule, &library);
    let load = library.user();
    let loaded = bind(&function, user, &quote!(#load().await), &library);
    function.prepend(&quote!(#guarded #loaded));
    function.into_token_stream()
}
