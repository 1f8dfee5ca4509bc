use workos_mcp::{Error, requires_session};

#[requires_session(any("admin", "owner"))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
