use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { api_keys: "sk_live_1234" }?;
    workos_provider! { api_keys: "mcp: use" }?;
    Ok(())
}
