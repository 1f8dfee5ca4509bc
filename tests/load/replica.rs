//! One replica: the library in a process of its own, configured by its variables as in production.

use std::{
    io::{self, Write},
    time::Duration,
};

use tokio::{io::AsyncReadExt, net::TcpListener};
use workos_mcp::{Limits, Provider};
use workos_mcp_tests::Tools;

use crate::Failure;

pub(crate) const CLOCK_LEEWAY: Duration = Duration::from_secs(1);
/// A withdrawn key is gone after this long.
pub(crate) const KEY_REFRESH: Duration = Duration::from_secs(5);

/// Prints its address when it listens, and ends when stdin is closed: no replica outlives the program.
pub(crate) async fn serve() -> Result<(), Failure> {
    let mut limits = Limits::default();
    limits.clock_leeway = CLOCK_LEEWAY;
    limits.key_refresh = KEY_REFRESH;
    limits.fetch_timeout = Duration::from_secs(1);
    // Full before the memory is measured for the first time, so that what grows after that is a leak.
    limits.verified_tokens = 1000;
    limits.drain = Duration::from_secs(1);
    let provider = Provider::builder().limits(limits).build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{address}")?;
        stdout.flush()?;
    }
    let stop = async {
        let mut stdin = tokio::io::stdin();
        let mut ignored = [0; 64];
        while matches!(stdin.read(&mut ignored).await, Ok(1..)) {}
    };
    let tools = Tools::default();
    provider
        .serve_on(listener, stop, move || Ok(tools.clone()))
        .await?;
    Ok(())
}
