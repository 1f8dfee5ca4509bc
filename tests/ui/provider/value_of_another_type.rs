use workos_mcp::{ConfigError, workos_provider};

fn resource() -> workos_mcp::Audience {
    workos_mcp::Audience::Resource
}

fn main() -> Result<(), ConfigError> {
    workos_provider! {
        docs_url: "https://example.com/docs",
        mirror_metadata: std::env::args().len(),
        audience: Some(resource()),
        limits: std::env::args(),
    }?;
    Ok(())
}
