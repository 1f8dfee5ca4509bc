use workos_mcp::{Error, requires_session};

#[requires_session(any(role = "admin", crate = ::workos_mcp, organization))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
