use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! {
        base_url: 3000,
        docs_url: ["https://example.com/docs"],
        mirror_metadata: "yes",
        audience: "client_id",
        limits: 10,
        bind: 3000,
    }?;
    Ok(())
}
