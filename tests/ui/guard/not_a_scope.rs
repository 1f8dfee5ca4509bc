use workos_mcp::{Error, requires_session};

#[requires_session(scope = "reports\\export")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
