use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    let docs_url = String::from("https://example.com/docs");
    workos_provider! {
        doc_url: docs_url,
        base_url: "mcp.example.com",
        mcp_path: "mcp",
        api_key: "sk_live_1234",
        scopes: "openid",
        mcp_path: "/mcp",
    }?;
    Ok(())
}
