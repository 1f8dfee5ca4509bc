use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { client_ids: ["client_01HXYZ", 42, true] }?;
    workos_provider! { allowed_hosts: &["mcp.example.com"] }?;
    Ok(())
}
