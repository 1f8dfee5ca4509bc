use workos_mcp::workos_provider;

fn main() {
    // The only mistake is the `()`.
    let () = workos_provider! { tool_rules: [], prompt_rules: [], resource_rules: [], scope_hierarchy: [] };
}
