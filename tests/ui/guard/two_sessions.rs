use workos_mcp::{Error, Session, requires_session};

#[requires_session]
async fn whoami(one: Session, two: Session) -> Result<String, Error> {
    Ok(format!("{} {}", one.user_id(), two.user_id()))
}

fn main() {}
