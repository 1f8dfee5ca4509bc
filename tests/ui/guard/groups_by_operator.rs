use workos_mcp::{Error, requires_session};

#[requires_session(all(organization, role = "admin") || permission = "reports:export")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
