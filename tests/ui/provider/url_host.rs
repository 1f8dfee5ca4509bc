use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { base_url: "https://" }?;
    workos_provider! { base_url: "https://{host}" }?;
    workos_provider! { docs_url: "https://example.com:docs" }?;
    Ok(())
}
