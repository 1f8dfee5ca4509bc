use workos_mcp::public;

#[public]
fn search() -> &'static str {
    "found"
}

fn main() {}
