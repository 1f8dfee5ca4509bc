use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { base_url: std::env:: }?;
    workos_provider! { base_url: format!("{}", 1) + }?;
    workos_provider! { mcp_path: ("/" +) }?;
    Ok(())
}
