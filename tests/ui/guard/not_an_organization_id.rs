use workos_mcp::{Error, requires_session};

#[requires_session(organization = "acme")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
