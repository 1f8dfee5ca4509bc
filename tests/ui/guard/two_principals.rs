use workos_mcp::{Error, Principal, requires_session};

#[requires_session]
async fn whoami(one: Principal, two: Principal) -> Result<String, Error> {
    Ok(format!("{} {}", one.kind(), two.kind()))
}

fn main() {}
