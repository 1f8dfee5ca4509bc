use workos_mcp::{Error, requires_session};

#[requires_session(organization = "org_a", organization = "org_b")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
