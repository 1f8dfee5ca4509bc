use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { "base_url": "https://mcp.example.com" }?;
    workos_provider! { ..Default::default() }?;
    workos_provider!("https://mcp.example.com")?;
    Ok(())
}
