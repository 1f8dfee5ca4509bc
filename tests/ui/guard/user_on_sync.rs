use workos_mcp::{Error, User, workos_user};

#[workos_user]
fn email(user: User) -> Result<String, Error> {
    Ok(user.email.clone())
}

fn main() {}
