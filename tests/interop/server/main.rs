//! The server that real clients and the conformance suite meet: behind this crate on the emulator,
//! or on rmcp alone, to compare with.

mod bare;
mod fixture;
mod protected;

use std::{
    error::Error,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use clap::Parser;
use serde_json::Value;
use tokio::{
    io::AsyncReadExt,
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// Prints one line of JSON on stdout when it listens: where, and who may come.
#[derive(Debug, Parser)]
struct Options {
    /// Serve the fixture on rmcp alone, open to everybody
    #[arg(long)]
    bare: bool,
    /// How many seconds the access tokens of the emulator are valid
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    access_token_lifetime: u64,
    /// How many seconds a token is accepted after its end
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    clock_leeway: u64,
    /// A browser origin that may call, instead of any port of this machine
    #[arg(long, value_name = "ORIGIN")]
    allowed_origin: Vec<String>,
    /// End when stdin is closed, so that no server outlives a program that was killed
    #[arg(long)]
    until_stdin_closes: bool,
}

impl Options {
    fn access_token_lifetime(&self) -> Duration {
        Duration::from_secs(self.access_token_lifetime)
    }

    fn clock_leeway(&self) -> Duration {
        Duration::from_secs(self.clock_leeway)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    let options = Options::parse();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://localhost:{}", listener.local_addr()?.port());
    let stop = told_to_stop(options.until_stdin_closes)?;
    if options.bare {
        bare::serve(listener, &base_url, &options, stop).await
    } else {
        protected::serve(listener, &base_url, &options, stop).await
    }
}

/// The line that the program that started this one waits for.
fn announce(facts: &Value) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{facts}")?;
    stdout.flush()
}

fn told_to_stop(at_end_of_stdin: bool) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let stdin_closed = async move {
        if !at_end_of_stdin {
            return std::future::pending().await;
        }
        let mut stdin = tokio::io::stdin();
        let mut ignored = [0; 64];
        while matches!(stdin.read(&mut ignored).await, Ok(1..)) {}
    };
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
            () = stdin_closed => {}
        }
    })
}
