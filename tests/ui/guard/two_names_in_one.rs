use workos_mcp::{Error, requires_session};

#[requires_session(scope = "reports:read reports:export")]
async fn export() -> Result<(), Error> {
    Ok(())
}

fn main() {}
