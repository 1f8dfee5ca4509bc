use workos_mcp::{Error, requires_session};

#[requires_session(any(role = "admin", all(permission = "reports:export")))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
