use workos_mcp::{Error, Principal, Session, requires_session};

#[requires_session]
async fn whoami(session: Session, caller: Principal) -> Result<String, Error> {
    Ok(format!("{} {}", session.user_id(), caller.kind()))
}

fn main() {}
