use workos_mcp::{Error, requires_session};

#[requires_session(any = "admin")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
