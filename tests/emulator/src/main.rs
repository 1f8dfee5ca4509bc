//! Runs the emulator until Ctrl-C.

use std::io::{self, Write};

use clap::Parser;
use workos_mcp_emulator::{Emulator, EmulatorBuilder, User};

/// A local AuthKit and WorkOS API.
#[derive(Parser)]
#[command(name = "workos-mcp-emulator")]
struct Arguments {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 4011)]
    port: u16,

    /// A resource indicator, the URL of an MCP server; may be repeated
    #[arg(long, value_name = "URL")]
    resource: Vec<String>,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().with_target(false).init();

    let builder = Emulator::builder().port(arguments.port);
    let emulator = arguments
        .resource
        .iter()
        .fold(builder, EmulatorBuilder::resource)
        .start()
        .await?;
    introduce(&emulator, &mut io::stdout().lock())?;
    tokio::signal::ctrl_c().await
}

fn introduce(emulator: &Emulator, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "AuthKit domain  {}", emulator.issuer())?;
    writeln!(out, "WorkOS API      {}", emulator.url())?;
    writeln!(out, "API key         {}", emulator.api_key())?;
    writeln!(out, "client id       {}", emulator.client_id())?;
    for url in emulator.resources() {
        writeln!(out, "resource        {url}")?;
    }
    for user in emulator.users() {
        writeln!(out, "user            {}", describe(emulator, &user))?;
    }
    writeln!(
        out,
        "sign in by adding login_hint=EMAIL to the authorization URL; Ctrl-C stops"
    )
}

fn describe(emulator: &Emulator, user: &User) -> String {
    let organizations = emulator.organizations();
    let memberships: Vec<String> = user
        .memberships()
        .iter()
        .map(|membership| {
            let organization = organizations
                .iter()
                .find(|organization| organization.id() == membership.organization_id());
            let name = organization.map_or(membership.organization_id(), |known| known.name());
            format!("{} of {name}", membership.role())
        })
        .collect();
    format!(
        "{} ({}), {}",
        user.email(),
        user.id(),
        memberships.join(", ")
    )
}
