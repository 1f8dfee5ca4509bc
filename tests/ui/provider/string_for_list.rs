use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { scopes: "openid profile" }?;
    workos_provider! { client_ids: "client_01HXYZ" }?;
    Ok(())
}
