use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { base_url: "https://mcp.example.com/a//b" }?;
    workos_provider! { base_url: "https://mcp.example.com/{tenant}" }?;
    Ok(())
}
