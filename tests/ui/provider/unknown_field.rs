use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { doc_url: "https://example.com/docs" }?;
    workos_provider! { baseURL: "https://mcp.example.com" }?;
    workos_provider! { colour: "red" }?;
    Ok(())
}
