use workos_mcp::{Error, requires_session};

#[requires_session(scopes("reports:read", "reports:export", "reports:read"))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
