use workos_mcp::requires_session;

struct Widgets;

#[requires_session]
impl Widgets {
    fn delete(&self) {}
}

fn main() {
    Widgets.delete();
}
