use workos_mcp::{Error, requires_session};

#[requires_session(organizations("org_a", "globex"))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
