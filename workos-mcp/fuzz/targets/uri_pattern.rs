#![no_main]

libfuzzer_sys::fuzz_target!(
    init: workos_mcp_fuzz::warm_up("uri_pattern"),
    |input: &[u8]| workos_mcp_fuzz::check("uri_pattern", input)
);
