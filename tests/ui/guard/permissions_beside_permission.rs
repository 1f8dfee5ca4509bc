use workos_mcp::{Error, requires_session};

#[requires_session(permission = "reports:read", permissions("reports:export", "reports:read"))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
