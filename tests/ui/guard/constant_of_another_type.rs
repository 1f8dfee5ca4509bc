use workos_mcp::{Error, requires_session};

const ADMIN: u32 = 7;

#[requires_session(role = ADMIN)]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
