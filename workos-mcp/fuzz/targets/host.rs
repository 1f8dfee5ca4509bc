#![no_main]

libfuzzer_sys::fuzz_target!(
    init: workos_mcp_fuzz::warm_up("host"),
    |input: &[u8]| workos_mcp_fuzz::check("host", input)
);
