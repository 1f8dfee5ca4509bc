//! WorkOS AuthKit in front of an MCP server.

mod error;
mod jwks;
mod limits;
mod session;
mod token;

pub use error::{ConfigError, ConfigProblem, Error, ErrorKind, ServeError};
pub use limits::Limits;
pub use session::{Principal, Session};
