//! The rmcp side: the handler wrapper that carries a request's context to the handler, and the server around it.

mod authenticated;
mod drain;
mod outcome;
mod serve;

pub use authenticated::Authenticated;
