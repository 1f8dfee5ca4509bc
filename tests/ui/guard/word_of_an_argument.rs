use workos_mcp::{Error, requires_session};

#[requires_session(flag = "beta")]
async fn delete() -> Result<(), Error> {
    Ok(())
}

fn main() {}
