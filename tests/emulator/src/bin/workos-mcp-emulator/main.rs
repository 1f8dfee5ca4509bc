//! Runs the emulator until Ctrl-C.

mod introduction;
mod token_request;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use workos_mcp_emulator::{Emulator, EmulatorBuilder, Endpoint, Fault};

use self::{introduction::introduce, token_request::TokenRequest};

/// A local AuthKit and WorkOS API.
///
/// Point an MCP server at it in place of WorkOS: it prints the variables to start the server with.
/// MCP clients then sign in on its sign-in page, where anybody may choose to be any user. The log of
/// what they do goes to the standard error output.
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

    /// A scope of the environment besides those of OpenID Connect; may be repeated
    #[arg(long, value_name = "NAME", value_parser = scope)]
    scope: Vec<String>,

    /// Prints an access token of this user for the first resource, with the scopes that it names
    /// besides those of OpenID Connect; may be repeated
    #[arg(long, value_name = "EMAIL[,organization=ORGANIZATION][,scope=NAME]...")]
    token: Vec<TokenRequest>,

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
    "scopes": ["reports:export"],
    "resources": ["http://localhost:8000/mcp"]
  }
The README shows the others: feature_flags, api_keys, applications, default_resource.

Examples:
  workos-mcp-emulator --resource http://localhost:8000/mcp --fault jwks=503
  workos-mcp-emulator --resource http://localhost:8000/mcp --scope reports:export \
    --token ada@example.com,scope=reports:export --token grace@example.com,organization=Globex"#;

fn scope(name: &str) -> Result<String, String> {
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err("write one name without spaces, such as reports:export".to_owned());
    }
    Ok(name.to_owned())
}

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
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
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
    let requests = arguments.token.clone();
    let emulator = configured(arguments)?.start().await?;
    let tokens = requests.iter().map(|request| request.token(&emulator));
    let tokens = tokens
        .collect::<Result<Vec<_>, _>>()
        .map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?;
    introduce(&emulator, &tokens, &mut io::stdout().lock())?;
    tokio::signal::ctrl_c().await
}

fn configured(arguments: Arguments) -> io::Result<EmulatorBuilder> {
    let mut builder = Emulator::builder()
        .port(arguments.port)
        .access_token_lifetime(Duration::from_secs(arguments.access_token_lifetime));
    builder = arguments
        .scope
        .iter()
        .fold(builder, EmulatorBuilder::custom_scope);
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
