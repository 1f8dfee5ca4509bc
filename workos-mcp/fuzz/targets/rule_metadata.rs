#![no_main]

libfuzzer_sys::fuzz_target!(
    init: workos_mcp_fuzz::warm_up("rule_metadata"),
    |input: &[u8]| workos_mcp_fuzz::check("rule_metadata", input)
);
