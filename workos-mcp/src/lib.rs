#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

mod config;
mod context;
mod error;
mod http;
mod jwks;
mod limits;
mod provider;
#[cfg(feature = "rmcp")]
mod rmcp_server;
mod session;
mod token;
mod user;
mod workos_api;

pub use config::{Audience, ProviderBuilder};
pub use context::{InContext, client, in_context, principal, session, spawn};
pub use error::{ConfigError, ConfigProblem, Error, ErrorKind, ServeError};
pub use http::{AuthLayer, AuthService, ResponseFuture};
pub use limits::Limits;
pub use provider::Provider;
#[cfg(feature = "rmcp")]
pub use rmcp_server::Authenticated;
pub use session::{Principal, Session};
pub use user::{User, user};
pub use workos;
pub use workos_mcp_macros::workos_provider;

#[cfg(feature = "__bench")]
#[doc(hidden)]
pub mod __bench {
    pub use crate::token::bench::Verification;
}
