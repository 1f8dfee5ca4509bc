use workos_mcp::{Error, requires_session};

#[requires_session(permission = "reports:read", permission = "reports:export")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
