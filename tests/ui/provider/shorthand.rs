use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    let base_url = "https://mcp.example.com";
    workos_provider! { base_url }?;
    workos_provider! { base_ }?;
    Ok(())
}
