use workos_mcp::{Error, requires_session};

#[requires_session(rol = "admin", scope = 7, organization = "acme")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
