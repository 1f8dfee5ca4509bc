use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { client_id: "sk_live_1234" }?;
    workos_provider! { client_ids: ["client_01HXYZ", "sk_live_1234"] }?;
    Ok(())
}
