use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { base_url: "http://mcp.example.com" }?;
    workos_provider! { api_url: "http://api.workos.com" }?;
    Ok(())
}
