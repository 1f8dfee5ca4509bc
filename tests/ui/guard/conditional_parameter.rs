use workos_mcp::{Error, Session, requires_session};

#[requires_session(role = "admin")]
async fn delete(#[cfg(any())] session: Session) -> Result<(), Error> {
    Ok(())
}

fn main() {}
