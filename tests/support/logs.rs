//! What the code under test logs, on the thread of the test.

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
};

use tracing::{
    Dispatch,
    subscriber::{DefaultGuard, NoSubscriber},
};
use tracing_log::LogTracer;
use tracing_subscriber::fmt::MakeWriter;

/// Those who speak to `log` instead, reqwest among them, are heard too.
static RECORDS: LazyLock<()> = LazyLock::new(|| LogTracer::init().unwrap());

/// Captures everything logged on this thread while it lives. `#[tokio::test]` runs the servers of a test on
/// the test's own thread, so their lines are here too, and those of other tests are not.
pub struct Logs {
    lines: Lines,
    _guard: DefaultGuard,
}

/// While there is one subscriber only, tracing asks for the interest in a new line on the thread that logs it,
/// and where nobody captures it remembers "none" for all threads. With a second one it asks them all.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Logs {
    pub fn capture() -> Self {
        LazyLock::force(&SECOND);
        LazyLock::force(&RECORDS);
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(lines.clone())
            .finish();
        Self {
            lines,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines of the library.
    pub fn ours(&self) -> String {
        self.text()
            .lines()
            .filter(|line| line.contains(" workos_mcp::") || line.contains(" workos_mcp: "))
            .fold(String::new(), |lines, line| lines + line + "\n")
    }

    /// The lines of this crate that contain `needle`.
    pub fn lines_with(&self, needle: &str) -> Vec<String> {
        self.text()
            .lines()
            .filter(|line| line.contains("workos_mcp") && line.contains(needle))
            .map(ToOwned::to_owned)
            .collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
