use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { crate = workos_mcp }?;
    workos_provider! { crate: ::workos_mcp }?;
    Ok(())
}
