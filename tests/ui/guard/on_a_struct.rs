use workos_mcp::requires_session;

#[requires_session]
struct Widgets;

fn main() {
    let _ = Widgets;
}
