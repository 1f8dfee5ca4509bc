//! A rule against the caller of a request, with WorkOS asked where it must be.

use super::{Facts, Need, Verdict, verdict, verdict::unmet};
use crate::{
    authority::{Questions, Resolved},
    context::Context,
    error::Error,
    principal::Principal,
};

/// What came of it.
#[derive(Debug)]
pub(crate) enum Judgement<'n> {
    /// The rule holds.
    Met,
    /// It would hold, had the token been granted these scopes too.
    Lacks(Vec<&'n str>),
    /// It does not hold.
    Unmet,
    /// It cannot be told now.
    Unavailable(Error),
}

/// Judges needs, all of which must hold.
pub(crate) async fn judge<'n>(
    context: &Context,
    principal: &Principal,
    needs: impl Iterator<Item = &'n Need<'n>> + Clone,
) -> Judgement<'n> {
    let questions = match told(context, principal, needs.clone(), &Resolved::default()) {
        Ok(judgement) => return judgement,
        Err(questions) => questions,
    };
    // Boxed, as it is large, and most calls do without.
    match Box::pin(context.resolve(principal, questions)).await {
        Ok(resolved) => told(context, principal, needs, &resolved)
            .unwrap_or_else(|_| Judgement::Unavailable(Error::authority_not_asked())),
        Err(unavailable) => Judgement::Unavailable(unavailable),
    }
}

/// The same without waiting: only what the token says, and what was asked for this request before.
pub(crate) fn judge_now<'n>(
    context: &Context,
    principal: &Principal,
    needs: impl Iterator<Item = &'n Need<'n>> + Clone,
) -> Judgement<'n> {
    told(context, principal, needs, &context.resolved())
        .unwrap_or_else(|_| Judgement::Unavailable(Error::authority_not_asked()))
}

/// By which rule needs do not hold that were just judged, in a word for metrics.
pub(crate) fn unmet_rule<'n>(
    context: &Context,
    principal: &Principal,
    needs: impl Iterator<Item = &'n Need<'n>>,
) -> &'static str {
    let authority = context.resolved();
    let facts = Facts {
        principal,
        scopes: context.scope_hierarchy(),
        authority: &authority,
    };
    unmet(needs, facts).unwrap_or("any")
}

/// The judgement by what is known, or what has to be asked for one.
pub(crate) fn told<'n>(
    context: &Context,
    principal: &Principal,
    needs: impl Iterator<Item = &'n Need<'n>>,
    authority: &Resolved,
) -> Result<Judgement<'n>, Questions> {
    let facts = Facts {
        principal,
        scopes: context.scope_hierarchy(),
        authority,
    };
    match verdict(needs, facts) {
        Verdict::Met => Ok(Judgement::Met),
        Verdict::Lacks(scopes) => Ok(Judgement::Lacks(scopes)),
        Verdict::Unmet => Ok(Judgement::Unmet),
        Verdict::Unknown(questions) => Err(questions),
    }
}
