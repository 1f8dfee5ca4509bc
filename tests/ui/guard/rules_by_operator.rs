use workos_mcp::{Error, requires_session};

#[requires_session(role = "admin" || role = "owner")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
