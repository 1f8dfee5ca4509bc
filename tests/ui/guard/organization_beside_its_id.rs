use workos_mcp::{Error, requires_session};

#[requires_session(organization, organization = "org_a")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
