use workos_mcp::{Error, Session, requires_session};

#[requires_session]
async fn whoami(session: &Session) -> Result<String, Error> {
    Ok(session.user_id().to_owned())
}

fn main() {}
