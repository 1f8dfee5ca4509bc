use workos_mcp::{Error, Session, requires_session};

#[requires_session(any(scope = "reports:export", role = "admin"))]
fn export(session: Session) -> Result<String, Error> {
    Ok(session.user_id().to_owned())
}

fn main() {}
