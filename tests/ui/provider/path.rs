use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { mcp_path: "mcp" }?;
    workos_provider! { mcp_path: "/mcp/" }?;
    workos_provider! { local_path: "/mcp/{tenant}" }?;
    workos_provider! { mcp_path: "/healthz" }?;
    Ok(())
}
