use workos_mcp::{Error, requires_session};

#[requires_session(roles("admin", 7, "editor"))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
