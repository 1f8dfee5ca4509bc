use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! {
        docs_url: "https://example.com/docs",
        mcp_path: "/mcp",
        docs_url: "https://example.com/help",
    }?;
    Ok(())
}
