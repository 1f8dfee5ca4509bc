use workos_mcp::{Error, User, workos_user};

#[workos_user]
async fn email(user: Option<User>) -> Result<String, Error> {
    Ok(user.map(|user| user.email.clone()).unwrap_or_default())
}

fn main() {}
