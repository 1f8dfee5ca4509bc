//! Runs the emulator until Ctrl-C.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use workos_mcp_emulator::{Application, Emulator, EmulatorBuilder, Endpoint, Fault, User};

/// A local AuthKit and WorkOS API.
///
/// Point an MCP server at it in place of WorkOS: what it prints at the start are the values of
/// `WORKOS_AUTHKIT_DOMAIN`, `WORKOS_API_KEY` and `WORKOS_CLIENT_ID`. MCP clients then sign in on its
/// sign-in page, where anybody may choose to be any user.
#[derive(Parser)]
#[command(name = "workos-mcp-emulator", after_help = EXAMPLES)]
struct Arguments {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 4011)]
    port: u16,

    /// A resource indicator, the URL of an MCP server; may be repeated
    #[arg(long, value_name = "URL")]
    resource: Vec<String>,

    /// Users, organizations, roles and more in a JSON file, in place of those built in
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,

    /// How long access tokens are valid
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    access_token_lifetime: u64,

    /// Makes an endpoint fail: 503, 429:SECONDS, stall, reset or delay:MILLISECONDS; may be
    /// repeated
    #[arg(long, value_name = "ENDPOINT=FAULT", value_parser = fault)]
    fault: Vec<(Endpoint, Fault)>,

    /// Fetches the metadata of clients whose id is an https URL
    #[arg(long)]
    allow_client_metadata_fetch: bool,
}

const EXAMPLES: &str = r#"Endpoints for --fault:
  authorization-server-metadata, openid-configuration, register, authorize, sign-in, token, jwks,
  userinfo, introspection, sso-jwks, get-user, list-users, list-memberships, get-organization,
  list-organizations, list-organization-roles, list-user-feature-flags,
  list-organization-feature-flags, validate-api-key, create-audit-log-event,
  list-oauth-resources, create-oauth-resource, delete-oauth-resource, list-events

A seed file, in which every section may be left out:
  {
    "organizations": [{ "name": "Initech", "domains": ["initech.example"] }],
    "roles": [{ "slug": "auditor", "permissions": ["reports:export"] }],
    "users": [{
      "email": "peter@initech.example", "first_name": "Peter", "last_name": "Gibbons",
      "memberships": [{ "organization": "Initech", "role": "auditor" }]
    }],
    "resources": ["http://localhost:8000/mcp"]
  }
The README shows the others: feature_flags, api_keys, applications, default_resource.

Example:
  workos-mcp-emulator --resource http://localhost:8000/mcp --fault jwks=503"#;

fn fault(text: &str) -> Result<(Endpoint, Fault), String> {
    let (endpoint, fault) = text
        .split_once('=')
        .ok_or("write ENDPOINT=FAULT, such as jwks=503")?;
    Ok((endpoint.parse()?, fault.parse()?))
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_target(false)
        .with_ansi(io::stdout().is_terminal())
        .init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> io::Result<()> {
    let emulator = configured(arguments)?.start().await?;
    introduce(&emulator, &mut io::stdout().lock())?;
    tokio::signal::ctrl_c().await
}

fn configured(arguments: Arguments) -> io::Result<EmulatorBuilder> {
    let mut builder = Emulator::builder()
        .port(arguments.port)
        .access_token_lifetime(Duration::from_secs(arguments.access_token_lifetime));
    if let Some(path) = arguments.seed {
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let json = std::fs::read_to_string(&path).map_err(named)?;
        builder = builder.seed(&json).map_err(named)?;
    }
    if arguments.allow_client_metadata_fetch {
        builder = builder.allow_client_metadata_fetch();
    }
    builder = arguments
        .resource
        .iter()
        .fold(builder, EmulatorBuilder::resource);
    let faults = arguments.fault.into_iter();
    Ok(faults.fold(builder, |builder, (endpoint, fault)| {
        builder.fault(endpoint, fault)
    }))
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
    for application in emulator.applications() {
        writeln!(out, "application     {}", credentials(&application))?;
    }
    writeln!(
        out,
        "people sign in on a page; login_hint=EMAIL in the authorization URL skips it; Ctrl-C stops"
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

fn credentials(application: &Application) -> String {
    let kind = match application.organization_id() {
        Some(_) => "machine-to-machine",
        None => "OAuth",
    };
    format!(
        "{} ({kind}), id {}, secret {}",
        application.name(),
        application.id(),
        application.secret().unwrap_or("none")
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::CommandFactory;
    use workos_mcp_emulator::{Endpoint, Fault};

    use super::{Arguments, EXAMPLES, fault};

    #[test]
    fn the_help_names_every_endpoint() {
        Arguments::command().debug_assert();
        for endpoint in Endpoint::ALL {
            let name = endpoint.name();
            let mut words = EXAMPLES.split([' ', ',', '\n']);
            assert!(words.any(|word| word == name), "{name}");
        }
    }

    #[test]
    fn faults_are_read() {
        let read = |text: &str| fault(text).ok().map(|(_, fault)| fault);
        assert_eq!(read("jwks=503"), Some(Fault::Status(503)));
        let busy = Fault::RetryAfter {
            status: 429,
            seconds: 3,
        };
        assert_eq!(read("get-user=429:3"), Some(busy));
        assert_eq!(read("token=stall"), Some(Fault::Stall));
        let late = Fault::Delay(Duration::from_millis(250));
        assert_eq!(read("token=delay:250"), Some(late));
        for wrong in ["jwks", "nothing=503", "jwks=99", "jwks=delay", "jwks=503:x"] {
            assert!(fault(wrong).is_err(), "{wrong}");
        }
    }
}
