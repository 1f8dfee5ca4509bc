use workos_mcp::{Error, Session, requires_session};

#[requires_session(role = "admin")]
async fn delete(session: Option<Session>) -> Result<(), Error> {
    drop(session);
    Ok(())
}

fn main() {}
