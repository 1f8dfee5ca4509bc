use workos_mcp::{Error, Principal, requires_session};

#[requires_session(role = "admin")]
async fn delete(caller: Option<Principal>) -> Result<(), Error> {
    drop(caller);
    Ok(())
}

fn main() {}
