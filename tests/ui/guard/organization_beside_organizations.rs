use workos_mcp::{Error, requires_session};

#[requires_session(organization = "org_a", organizations("org_b", "org_c"))]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
