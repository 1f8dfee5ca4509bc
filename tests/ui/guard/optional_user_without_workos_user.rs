use workos_mcp::{Error, User, requires_session};

#[requires_session]
async fn email(user: Option<User>) -> Result<String, Error> {
    Ok(user.map(|user| user.email.clone()).unwrap_or_default())
}

fn main() {}
