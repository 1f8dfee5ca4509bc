#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

#[doc(hidden)]
pub mod __private;
mod api_key;
mod authority;
mod bearer_tag;
mod bound_id;
mod config;
mod context;
mod error;
mod http;
mod jwks;
mod limits;
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub mod metrics;
#[cfg(not(feature = "metrics"))]
mod metrics;
mod principal;
#[cfg(feature = "__fuzz")]
mod properties;
mod provider;
mod refusal;
mod remembered;
#[cfg(feature = "rmcp")]
mod rmcp_server;
mod rule;
mod scopes;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod token;
mod user;
mod workos_api;

pub use authority::{Authority, authority};
pub use config::{Anonymous, Audience, ProviderBuilder, RefusalForm};
pub use context::{InContext, client, in_context, principal, session, spawn};
pub use error::{ConfigError, ConfigProblem, Error, ErrorKind, ServeError};
pub use http::{AuthLayer, AuthService, ResponseFuture};
pub use limits::Limits;
pub use principal::{ApiKey, Machine, Principal, Session};
pub use provider::Provider;
pub use refusal::Refusal;
#[cfg(feature = "rmcp")]
pub use rmcp_server::Authenticated;
pub use rule::Rule;
pub use user::{User, user};
pub use workos;
pub use workos_mcp_macros::{public, requires_session, workos_provider, workos_user};

#[cfg(feature = "__bench")]
#[doc(hidden)]
pub mod __bench {
    #[cfg(feature = "rmcp")]
    pub use crate::rmcp_server::Ruled;
    pub use crate::token::bench::Verification;
}

#[cfg(feature = "__fuzz")]
#[doc(hidden)]
pub mod __fuzz {
    pub use crate::properties::property;
}
