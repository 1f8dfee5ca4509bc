use workos_mcp::{Session, requires_session};

struct MyError;

#[requires_session]
async fn whoami(session: Session) -> Result<String, MyError> {
    Ok(session.user_id().to_owned())
}

fn main() {}
