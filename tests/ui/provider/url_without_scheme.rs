use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { base_url: "mcp.example.com" }?;
    workos_provider! { base_url: "localhost:3000" }?;
    workos_provider! { docs_url: "/docs" }?;
    workos_provider! { api_url: "wss://api.workos.com" }?;
    Ok(())
}
