use workos_mcp::{Error, requires_session};

#[requires_session(any(role = "admin", scopes("reports:read", "réports:export")))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
