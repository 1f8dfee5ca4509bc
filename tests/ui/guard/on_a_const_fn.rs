use workos_mcp::{Error, requires_session};

#[requires_session]
const fn limit() -> Result<u32, Error> {
    Ok(7)
}

fn main() {}
