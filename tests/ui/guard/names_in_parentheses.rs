use workos_mcp::{Error, requires_session};

#[requires_session(permission("reports:read", "reports:write"))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
