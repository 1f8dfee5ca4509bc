use workos_mcp::{Error, requires_session};

#[requires_session(roles(role = "admin", role = "editor"))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
