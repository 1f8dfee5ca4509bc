//! Why a server cannot start, or go on.

use std::{error::Error as StdError, fmt};

/// Why [`Provider::serve`](crate::Provider::serve) or [`Provider::stdio`](crate::Provider::stdio) could not start or go on.
///
/// `Debug` prints the text of `Display` and its cause, so that a `main` that returns this error prints it readably.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; set BIND to another address, or stop what listens there")]
    Bind {
        /// The address that was tried, `host:port`.
        address: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The connections cannot be accepted any longer.
    #[error("the server stopped accepting connections")]
    Accept(#[source] std::io::Error),
    /// The caller of [`Provider::stdio`](crate::Provider::stdio) is not let in, or that cannot be told now.
    #[error("cannot serve on stdio: {problem}")]
    Caller {
        /// What is wrong, with the variable to mend; never the key.
        problem: String,
    },
    /// The client of [`Provider::stdio`](crate::Provider::stdio) did not begin as MCP begins, or stdin or stdout broke.
    #[error("the conversation on stdio failed")]
    Stdio(#[source] Box<dyn StdError + Send + Sync>),
}

impl fmt::Debug for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        self.source()
            .map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}
