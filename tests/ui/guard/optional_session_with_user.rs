use workos_mcp::{Error, Session, User, workos_user};

#[workos_user]
async fn email(session: Option<Session>, user: User) -> Result<String, Error> {
    drop(session);
    Ok(user.email.clone())
}

fn main() {}
