//! Return types that can say "not allowed".

use crate::error::Error;

/// A return type that can carry the refusal of a guarded function.
///
/// Implemented for `Result<_, E>` where `E: From<workos_mcp::Error>` ([`Error`] itself, `String`, rmcp's
/// `ErrorData`), for rmcp's `CallToolResult` and `CallToolResponse`, and for axum's `Response`. Implement it for a
/// return type of your own:
///
/// ```
/// use workos_mcp::{Error, Refusal, requires_session};
///
/// enum Answer {
///     Found(String),
///     Refused(String),
/// }
///
/// impl Refusal for Answer {
///     fn refuse(error: Error) -> Self {
///         Self::Refused(error.to_string())
///     }
/// }
///
/// #[requires_session]
/// async fn look_up(name: &str) -> Answer {
///     Answer::Found(name.to_owned())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry the refusal of a guarded function",
    label = "this return type has no way to say \"not allowed\"",
    note = "return `Result<_, E>` where `E: From<workos_mcp::Error>`, such as `Result<_, workos_mcp::Error>`, or `CallToolResult`"
)]
pub trait Refusal {
    /// The value that tells the caller why.
    fn refuse(error: Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E: From<Error>> Refusal for Result<T, E> {
    fn refuse(error: Error) -> Self {
        Err(error.into())
    }
}

impl Refusal for axum::response::Response {
    fn refuse(error: Error) -> Self {
        axum::response::IntoResponse::into_response(error)
    }
}

/// So that a function that returns `Result<_, String>` can be guarded as it is.
impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.to_string()
    }
}
