use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { api_key: "sk_live_1234" }?;
    workos_provider! { api_key: String::from("sk_live_1234") }?;
    workos_provider! { api_key: "sk_live_1234".to_owned() }?;
    Ok(())
}
