//! What the targets share.

// A macro crate cannot be linked, so its rooms are this crate's own.
#[path = "../../../workos-mcp-macros/src/diagnostics.rs"]
mod diagnostics;
#[path = "../../../workos-mcp-macros/src/nearest.rs"]
mod nearest;
#[path = "../../../workos-mcp-macros/src/paths.rs"]
mod paths;
#[path = "../../../workos-mcp-macros/src/properties.rs"]
mod properties;
#[path = "../../../workos-mcp-macros/src/public.rs"]
mod public;
#[path = "../../../workos-mcp-macros/src/requires_session.rs"]
mod requires_session;
#[path = "../../../workos-mcp-macros/src/rule/mod.rs"]
mod rule;
#[path = "../../../workos-mcp-macros/src/tool_fn/mod.rs"]
mod tool_fn;
#[path = "../../../workos-mcp-macros/src/workos_provider/mod.rs"]
mod workos_provider;
#[path = "../../../workos-mcp-macros/src/workos_user.rs"]
mod workos_user;

use allocation_counter::measure;

/// What is held at once, beyond what is in proportion to the input.
const LEAST_BYTES: u64 = 64 * 1024;

/// Requests and answers.
const BYTES_PER_BYTE: u64 = 256;

/// Source code, where a mistake of two letters is told in two lines, in tokens.
const BYTES_PER_LETTER: u64 = 8 * 1024;

fn property(name: &str) -> (fn(&[u8]), u64) {
    match name {
        "attribute" => (properties::attribute, BYTES_PER_LETTER),
        "provider_macro" => (properties::provider_macro, BYTES_PER_LETTER),
        name => {
            let property = workos_mcp::__fuzz::property(name);
            (property.expect("the library has it"), BYTES_PER_BYTE)
        }
    }
}

/// Checks a property, and that it holds no more memory than the input gives reason to.
pub fn check(name: &str, input: &[u8]) {
    let (property, per_byte) = property(name);
    let held = measure(|| property(input)).bytes_max;
    let most = LEAST_BYTES + per_byte * input.len() as u64;
    assert!(held <= most, "{held} bytes for {}", input.len());
}

/// Lets a property make what it makes once and keeps, which is not held for any input.
pub fn warm_up(name: &str) {
    property(name).0(b"");
}
