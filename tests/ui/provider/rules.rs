use workos_mcp::workos_provider;

fn main() {
    let _ = workos_provider! {
        require: "admin",
        tool_rules: ["delete-widget", ("export", workos_mcp::Rule::scope("reports:export"))],
        prompt_rules: ("advice", workos_mcp::Rule::role("admin")),
        scope_hierarchy: [("reports:write", "reports:read", "reports:list")],
    };
}
