use workos_mcp::{Error, requires_session};

#[requires_session(crate = ::workos_mcp, crate = ::workos_mcp)]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
