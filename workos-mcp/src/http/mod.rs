//! The HTTP side: who may come in, what a refusal looks like, and the metadata that tells clients how to sign in.

mod answer;
mod bearer;
mod body_limit;
mod challenge;
pub(crate) mod cors;
mod entry;
mod extract;
mod future;
mod handles;
mod held;
mod hold;
mod host;
mod layer;
pub(crate) mod metadata;
mod mirror;
#[cfg(feature = "__fuzz")]
pub(crate) mod properties;
mod rare_headers;
mod request_id;
mod session_tag;
mod stream_end;

pub(crate) use challenge::Refusals;
pub use future::ResponseFuture;
#[cfg(feature = "rmcp")]
pub(crate) use handles::Handles;
#[cfg(all(feature = "__bench", feature = "rmcp"))]
pub(crate) use held::{Held, begins_at_once};
pub(crate) use hold::{Challenge, Decision, Guarded};
pub use layer::{AuthLayer, AuthService};
pub(crate) use mirror::Mirror;
#[cfg(feature = "rmcp")]
pub(crate) use stream_end::stream_expiry;
