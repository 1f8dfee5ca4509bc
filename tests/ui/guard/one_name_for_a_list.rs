use workos_mcp::{Error, requires_session};

#[requires_session(roles = "editor")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
