use workos_mcp::{ConfigError, workos_provider};

fn main() -> Result<(), ConfigError> {
    workos_provider! { authkit_domain: "https://your-app.authkit.app/oauth2" }?;
    workos_provider! { authkit_domain: "http://your-app.authkit.app" }?;
    workos_provider! { authkit_domain: "<your-app>.authkit.app" }?;
    workos_provider! { authkit_domain: "your-app .authkit.app" }?;
    workos_provider! { authkit_domain: "" }?;
    Ok(())
}
