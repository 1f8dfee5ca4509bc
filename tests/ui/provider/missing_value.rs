use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { base_url: }?;
    workos_provider! { base_url: , docs_url: "https://example.com/docs" }?;
    workos_provider! {
        base_url:
        docs_url: "https://example.com/docs",
    }?;
    Ok(())
}
