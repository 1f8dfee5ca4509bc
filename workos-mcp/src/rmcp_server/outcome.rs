//! Our errors and our session, in rmcp's terms.

use http::request::Parts;
use rmcp::{
    ErrorData,
    handler::server::{
        common::{AsRequestContext, FromContextPart},
        tool::IntoCallToolResult,
    },
    model::{CallToolResponse, CallToolResult, ContentBlock, ErrorCode, Extensions},
};

use crate::{
    context::Context,
    error::Error,
    http::Guarded,
    principal::{Principal, Session},
    refusal::Refusal,
};

/// Reads the context of the request that a message came with. rmcp keeps the parts of the HTTP request in the
/// message's extensions; those of an earlier request are never asked.
pub(super) fn guarded(extensions: &Extensions) -> Result<&Guarded, Error> {
    extensions
        .get::<Parts>()
        .and_then(|parts| parts.extensions.get::<Guarded>())
        .ok_or_else(Error::session_not_initialized)
}

/// For prompts, resources and everything else that has no error result. The code is a number outside of
/// JSON-RPC's reserved range, after the HTTP status that says the same.
impl From<Error> for ErrorData {
    fn from(error: Error) -> Self {
        let code = i32::from(error.status().as_u16());
        Self::new(ErrorCode(code), error.to_string(), None)
    }
}

/// As a tool's `Err`, an error result that the model can read; the message of a JSON-RPC error it would not see.
impl IntoCallToolResult for Error {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResponse::refuse(self))
    }
}

impl Refusal for CallToolResult {
    fn refuse(error: Error) -> Self {
        Self::error(vec![ContentBlock::text(error.to_string())])
    }
}

impl Refusal for CallToolResponse {
    fn refuse(error: Error) -> Self {
        CallToolResult::refuse(error).into()
    }
}

/// The context that a handler's method runs in, by the request of HTTP that its message came with. Where there is none, it
/// is the one that the wrapper runs the method in.
fn context<C: AsRequestContext>(part: &C) -> Result<Context, Error> {
    let extensions = &part.as_request_context().extensions;
    match extensions.get::<Parts>() {
        Some(_) => Ok(guarded(extensions)?.context().clone()),
        None => Context::current(),
    }
}

/// A parameter of a tool or a prompt.
impl<C: AsRequestContext> FromContextPart<C> for Session {
    fn from_context_part(part: &mut C) -> Result<Self, ErrorData> {
        Ok(context(part)?.caller(Context::session)?.clone())
    }
}

/// A parameter of a tool or a prompt.
impl<C: AsRequestContext> FromContextPart<C> for Principal {
    fn from_context_part(part: &mut C) -> Result<Self, ErrorData> {
        Ok(context(part)?.caller(Context::principal)?.clone())
    }
}
