use workos_mcp::{Error, workos_user};

#[workos_user]
async fn greet() -> Result<String, Error> {
    Ok("hello".to_owned())
}

fn main() {}
