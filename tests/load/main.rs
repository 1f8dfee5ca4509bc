//! Replicas of a protected server under load, while all that can go wrong around them does, and the numbers of what the
//! key endpoint's faults cost. Prints a table, and ends with 1 when something in it is not as it must be.

mod chance;
mod client;
mod deaths;
mod faults;
mod memory;
mod people;
mod proxy;
mod replica;
mod replicas;
mod table;
mod tally;
mod timeline;
mod traffic;
mod wrong;

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Three replicas behind a proxy, a thousand users, and everything that can go wrong around them.
#[derive(Debug, Parser)]
struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// How long; what goes wrong does so once a minute
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(60..=3600))]
    seconds: u64,
    /// How many users; every second one speaks an older protocol version, and so has a session
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    users: u32,
    /// How many requests at a time
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    concurrency: u32,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What each fault of the key endpoint costs
    Faults,
    /// One replica; the program starts these itself
    #[command(hide = true)]
    Replica,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let options = Options::parse();
    let good = match options.command {
        Some(Command::Replica) => {
            replica::serve().await?;
            true
        }
        Some(Command::Faults) => faults::run().await?,
        None => traffic::run(options.seconds, options.users, options.concurrency).await?,
    };
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
