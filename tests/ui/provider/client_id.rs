use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { client_id: "01HXYZ" }?;
    workos_provider! { client_id: "" }?;
    Ok(())
}
