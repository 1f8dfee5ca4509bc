use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! {
        anonymous: true,
        refusal: "tool_result",
        audience: [],
    }?;
    Ok(())
}
