use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { base_url: "https://mcp.example.com?version=1" }?;
    workos_provider! { api_url: "https://api.workos.com/#top" }?;
    workos_provider! { base_url: "https://me:password@mcp.example.com" }?;
    Ok(())
}
