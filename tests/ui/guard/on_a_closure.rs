use workos_mcp::requires_session;

fn main() {
    let _delete = #[requires_session]
    || Ok::<(), workos_mcp::Error>(());
}
