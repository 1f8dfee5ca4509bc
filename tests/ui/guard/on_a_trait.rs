use workos_mcp::requires_session;

#[requires_session]
trait Widgets {
    fn delete(&self);
}

fn main() {}
