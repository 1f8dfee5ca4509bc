use workos_mcp::{Error, Session, requires_session};

trait Widgets {
    #[requires_session]
    fn delete(&self, session: Session) -> Result<(), Error>;
}

fn main() {}
