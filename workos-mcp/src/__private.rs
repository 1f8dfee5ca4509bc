//! Exactly what generated code may name. Not part of the interface: it changes without notice.

#[cfg(feature = "rmcp")]
pub use crate::rmcp_server::{only_rule, with_rule};
pub use crate::rule::{
    Names, Need, Needs, guard, guard_now, guard_principal, guard_principal_now, optional_principal,
    optional_session,
};

/// What rustc finds where `#[requires_session]` stands below a synchronous `#[tool]` or `#[prompt]`.
#[derive(Debug)]
pub struct RequiresSessionMustStandAboveTool;
