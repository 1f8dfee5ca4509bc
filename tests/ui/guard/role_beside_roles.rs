use workos_mcp::{Error, requires_session};

const OWNER: &str = "owner";

#[requires_session(roles("admin", "editor"), role = OWNER)]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
