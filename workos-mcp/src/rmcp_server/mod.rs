//! The rmcp side: the handler wrapper that carries a request's context to the handler, and the server around it.

mod authenticated;
mod drain;
mod metadata;
mod outcome;
mod serve;

pub use authenticated::Authenticated;
pub use metadata::{only_requirement, with_requirement};
