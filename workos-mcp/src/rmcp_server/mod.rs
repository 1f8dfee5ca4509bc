//! The rmcp side: the handler wrapper that carries a request's context to the handler, and the server around it.

mod authenticated;
#[cfg(feature = "__bench")]
mod bench;
mod call;
mod drain;
#[cfg(test)]
mod future_sizes;
mod holder;
mod lists;
mod metadata;
mod methods;
mod named;
mod noticed;
mod outcome;
#[cfg(feature = "__fuzz")]
pub(crate) mod properties;
mod rules;
mod serve;
mod span;
mod standard;
mod stdio;
mod tasks;
mod unknown;

pub use authenticated::Authenticated;
#[cfg(feature = "__bench")]
pub use bench::Ruled;
pub use metadata::{only_rule, with_rule};
pub(crate) use noticed::Noticed;
