use workos_mcp::public;

#[public]
struct Library;

fn main() {
    let _ = Library;
}
