#![no_main]

libfuzzer_sys::fuzz_target!(
    init: workos_mcp_fuzz::warm_up("key_set"),
    |input: &[u8]| workos_mcp_fuzz::check("key_set", input)
);
