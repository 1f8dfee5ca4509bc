use workos_mcp::requires_session;

#[requires_session]
fn log_in_background() {}

fn main() {}
