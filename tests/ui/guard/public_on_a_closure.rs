use workos_mcp::public;

fn main() {
    let _search = #[public]
    || "found";
}
