//! The handler wrapper: rmcp runs a handler in a task of its own, where the guard's task-local does not reach.

use std::{fmt, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use rmcp::{
    ErrorData, RoleServer,
    model::{Extensions, ProtocolVersion},
    service::RequestContext,
};

use super::{
    holder::Holder,
    rules::{Caller, Remembered},
};
use crate::{context::Context, error::Error, provider::Provider};

/// An rmcp handler whose every method runs for the caller of its own request.
///
/// Made by [`Provider::protect`]. Each asynchronous method of the handler finds
/// [`session`](crate::session()) and its kin; when the request did not come through the guard of the same
/// provider, the method is not entered. The five synchronous ones, such as `get_info`, have no request. On stdio, where there is
/// no guard, [`Provider::stdio`] serves a handler for the holder of an API key instead.
///
/// A call of a tool or a prompt, and the reading of a resource, run in a `tracing` span of their own, `mcp.call`, so that what the handler
/// logs says what it belongs to: `mcp.tool` or `mcp.prompt` is the name of something that is there,
/// `workos.principal.kind` is `user`, `machine` or `api_key`, and `workos.organization_id` the organization of the caller, where there
/// is one. Nothing else of the caller is in it.
///
/// Rules are checked before the arguments are decoded. For that, `get_tool` is asked before `call_tool`, and
/// `list_prompts` before `get_prompt`; the rule of a tool is taken to stay the same for as long as the handler lives.
#[derive(Clone)]
pub struct Authenticated<H> {
    pub(super) handler: H,
    pub(super) provider: Provider,
    pub(super) rules: Remembered,
    callers: Callers,
}

/// Where the callers come from.
#[derive(Clone)]
enum Callers {
    /// The guard of the route leaves each in the extensions of its request.
    Guard,
    /// All requests are of who started the process.
    Holder(Holder),
}

impl<H> Authenticated<H> {
    pub(super) fn new(handler: H, provider: Provider) -> Self {
        Self::of(handler, provider, Callers::Guard)
    }

    /// For the holder of a key, on a transport without requests of HTTP.
    pub(super) fn held(handler: H, provider: Provider, holder: Holder) -> Self {
        Self::of(handler, provider, Callers::Holder(holder))
    }

    fn of(handler: H, provider: Provider, callers: Callers) -> Self {
        Self {
            handler,
            provider,
            rules: Remembered::default(),
            callers,
        }
    }

    /// Who a message is from.
    pub(super) async fn caller(&self, extensions: &Extensions) -> Result<Caller, Error> {
        match &self.callers {
            Callers::Guard => Caller::of(extensions, &self.provider),
            // Asking WorkOS is a large future, which most messages do without.
            Callers::Holder(holder) => {
                let context = Box::pin(holder.context(&self.provider)).await?;
                Ok(Caller::unheld(context))
            }
        }
    }

    /// Who a request is from, which is answered, other than a notification.
    pub(super) async fn asking(
        &self,
        context: &RequestContext<RoleServer>,
    ) -> Result<Caller, Error> {
        let version = context.protocol_version();
        Ok(Caller {
            is_modern: version.is_some_and(|version| version >= ProtocolVersion::V_2026_07_28),
            ..self.caller(&context.extensions).await?
        })
    }

    /// The same of a call, whose result may carry a challenge.
    pub(super) async fn calling(
        &self,
        context: &RequestContext<RoleServer>,
    ) -> Result<Caller, Error> {
        Ok(Caller {
            form: self.provider.config().refusal,
            ..self.asking(context).await?
        })
    }

    /// A notification has no answer that could refuse it. Of callers who are not signed in, the handler hears
    /// that they are there, and no more.
    pub(super) async fn notified(&self, extensions: &Extensions, method: &str) -> Option<Context> {
        let caller = self
            .caller(extensions)
            .await
            .inspect_err(|error| tracing::warn!(method, %error, "dropped a notification"))
            .ok()?;
        let is_heard = caller.is_signed_in() || method == "on_initialized";
        let context = caller.let_in();
        if !is_heard {
            tracing::debug!(
                method,
                "dropped a notification of a caller who is not signed in"
            );
        }
        is_heard.then_some(context)
    }
}

impl<H> fmt::Debug for Authenticated<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated").finish_non_exhaustive()
    }
}

/// rmcp never answers a call whose handler panicked; its client would wait for as long as it waits.
pub(super) async fn answered<T>(
    handler: impl Future<Output = Result<T, ErrorData>>,
) -> Result<T, ErrorData> {
    AssertUnwindSafe(handler)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(panicked()))
}

pub(super) fn panicked() -> ErrorData {
    tracing::error!("a handler panicked");
    ErrorData::internal_error("the call failed unexpectedly", None)
}
