//! Exactly what generated code may name. Not part of the interface: it changes without notice.

pub use crate::requirement::{Need, guard, optional_session};
#[cfg(feature = "rmcp")]
pub use crate::rmcp_server::{only_requirement, with_requirement};

/// What rustc finds where `#[requires_session]` stands below a synchronous `#[tool]` or `#[prompt]`.
#[derive(Debug)]
pub struct RequiresSessionMustStandAboveTool;
