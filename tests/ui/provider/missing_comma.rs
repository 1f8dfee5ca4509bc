use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! {
        base_url: "https://mcp.example.com"
        docs_url: "https://example.com/docs"
    }?;
    Ok(())
}
