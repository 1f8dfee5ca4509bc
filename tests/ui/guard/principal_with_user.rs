use workos_mcp::{Error, Principal, User, workos_user};

#[workos_user]
async fn email(caller: Principal, user: User) -> Result<String, Error> {
    Ok(format!("{} {}", caller.kind(), user.email))
}

fn main() {}
