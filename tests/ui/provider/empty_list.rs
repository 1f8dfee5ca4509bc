use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { scopes: [] }?;
    workos_provider! { client_ids: [] }?;
    workos_provider! { allowed_hosts: [] }?;
    workos_provider! { machines: [] }?;
    Ok(())
}
