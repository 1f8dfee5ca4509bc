//! The rmcp side: the handler wrapper that carries a request's context to the handler, and the server around it.

mod authenticated;
mod drain;
mod lists;
mod metadata;
mod methods;
mod noticed;
mod outcome;
#[cfg(feature = "__fuzz")]
pub(crate) mod properties;
mod rules;
mod serve;
mod unknown;

pub use authenticated::Authenticated;
pub use metadata::{only_rule, with_rule};
pub(crate) use noticed::Noticed;
