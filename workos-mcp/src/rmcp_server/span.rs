//! The span that a handler runs in.

use tracing::{Span, info_span};

use super::named::{Kind, Named};
use crate::{context::Context, principal::Principal};

/// What is logged and measured below this, by whomever, says what ran and for which kind of caller, in which organization.
///
/// The organization's id is asked for here, for who tells customers apart; the caller's own id is not, nor is a URI, which may
/// hold anything. A name is told only where the handler has something of that name for this caller: others are
/// a stranger's words.
pub(super) fn of_call(named: &Named, context: &Context) -> Span {
    let principal = context.principal().ok();
    let name = |kind| (named.exists && named.kind == kind).then_some(&*named.name);
    info_span!(
        "mcp.call",
        mcp.tool = name(Kind::Tool),
        mcp.prompt = name(Kind::Prompt),
        workos.principal.kind = principal.map(Principal::kind),
        workos.organization_id = principal.and_then(Principal::organization_id),
    )
}
