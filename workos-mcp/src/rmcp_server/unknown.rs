//! How something hidden answers: as what is not there, in rmcp's own words.
//!
//! A handler is not asked what it would say: it might take any name for one of its own, and run. So where there are
//! rules, what a handler does not know answers in these words too.

use rmcp::ErrorData;
use serde_json::json;

/// As rmcp's tool router.
pub(super) fn tool() -> ErrorData {
    ErrorData::invalid_params("tool not found", None)
}

/// As rmcp's prompt router, with the prompts that the caller may know of.
pub(super) fn prompt(name: &str, available: &[&str]) -> ErrorData {
    ErrorData::invalid_params(
        format!("prompt '{name}' not found"),
        Some(json!({ "available_prompts": available })),
    )
}

pub(super) fn resource(uri: &str) -> ErrorData {
    ErrorData::resource_not_found("resource not found", Some(json!({ "uri": uri })))
}

/// As rmcp's skill catalog.
pub(super) fn skill(uri: &str) -> ErrorData {
    ErrorData::invalid_params(format!("unknown skill {uri}"), None)
}

/// As rmcp's task manager.
pub(super) fn task(id: &str) -> ErrorData {
    ErrorData::invalid_params(format!("unknown task: {id}"), None)
}

/// What nothing is known of that could complete it.
pub(super) fn reference() -> ErrorData {
    ErrorData::invalid_params("nothing is known by this reference", None)
}
