use workos_mcp::{Error, requires_session};

#[requires_session(role("editor"))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
