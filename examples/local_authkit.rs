//! What the examples run on when nothing is configured: the emulator, in this process.

#![allow(
    clippy::print_stdout,
    reason = "an example talks to the person who started it"
)]

mod call;

use std::{env, io, net::TcpListener, time::Duration};

use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};
use workos_mcp::{ConfigError, Provider, ProviderBuilder};
use workos_mcp_emulator::{ApiKey, Emulator};

pub use call::{Call, Caller};

const VARIABLES: [&str; 4] = [
    "WORKOS_API_KEY",
    "WORKOS_CLIENT_ID",
    "WORKOS_AUTHKIT_DOMAIN",
    "BASE_URL",
];

/// The builder of a provider on the local AuthKit, or, without one, on what the environment configures.
pub fn builder(local: Option<&LocalAuthKit>) -> ProviderBuilder {
    let builder = Provider::builder();
    match local {
        None => builder,
        // What the variables would say.
        Some(LocalAuthKit { emulator, base_url }) => builder
            .api_key(emulator.api_key())
            .client_id(emulator.client_id())
            .authkit_domain(emulator.issuer())
            .api_url(emulator.url())
            .base_url(base_url),
    }
}

/// A provider like that, without anything further.
///
/// # Errors
///
/// When the environment is missing a value, or has a bad one.
pub fn provider(local: Option<&LocalAuthKit>) -> Result<Provider, ConfigError> {
    builder(local).build()
}

/// An AuthKit and a WorkOS API on loopback, with two users: Ada and Grace.
#[derive(Debug)]
pub struct LocalAuthKit {
    emulator: Emulator,
    base_url: String,
}

impl LocalAuthKit {
    /// Starts one when none of `WORKOS_API_KEY`, `WORKOS_CLIENT_ID`, `WORKOS_AUTHKIT_DOMAIN` and `BASE_URL` is
    /// set; a `.env` file counts.
    ///
    /// # Errors
    ///
    /// When no port is free.
    pub async fn unless_configured() -> io::Result<Option<Self>> {
        // rmcp tells of every request at the level of this crate's start-up lines.
        let shown = Targets::new()
            .with_default(Level::INFO)
            .with_target("rmcp", Level::WARN);
        tracing_subscriber::registry()
            .with(
                tracing_subscriber::fmt::layer()
                    .with_target(false)
                    .with_filter(shown),
            )
            .init();
        // Without a file the environment is as it is.
        let _ = dotenvy::dotenv();
        if VARIABLES
            .iter()
            .any(|variable| env::var_os(variable).is_some())
        {
            return Ok(None);
        }
        let emulator = Emulator::builder()
            .access_token_lifetime(Duration::from_secs(60 * 60))
            .custom_scope("reports:export")
            .start()
            .await?;
        emulator.add_api_key(
            ApiKey::of_organization(emulator.acme(), "Continuous integration")
                .with_permission("mcp:use")
                .with_permission("reports:publish"),
        );
        // A port that stays the same is kinder to a client's configuration, so a free one is the second choice.
        let probe =
            TcpListener::bind("127.0.0.1:8000").or_else(|_| TcpListener::bind("127.0.0.1:0"))?;
        let base_url = format!("http://localhost:{}", probe.local_addr()?.port());
        Ok(Some(Self { emulator, base_url }))
    }

    /// A provider on it, with what the variables would say.
    ///
    /// # Errors
    ///
    /// None that is known.
    pub fn provider(&self) -> Result<Provider, ConfigError> {
        provider(Some(self))
    }

    /// The client id of Acme's machine-to-machine application.
    pub fn nightly_report(&self) -> String {
        self.emulator
            .machine()
            .map(|machine| machine.id().to_owned())
            .unwrap_or_default()
    }

    /// The id of the organization Acme.
    pub fn acme(&self) -> &str {
        self.emulator.acme()
    }

    /// The id of the organization Globex.
    pub fn globex(&self) -> &str {
        self.emulator.globex()
    }

    /// Registers the server as a resource, as you would in the WorkOS dashboard, and prints a command for each call.
    pub fn introduce(&self, provider: &Provider, calls: &[Call]) {
        self.emulator.add_resource(provider.mcp_url());
        println!(
            "\nNone of {} is set, so this runs on a local AuthKit with two users, {} and {}.\n\n\
             MCP URL for a client:\n\n    {}",
            VARIABLES.join(", "),
            self.emulator.ada().email(),
            self.emulator.grace().email(),
            provider.mcp_url(),
        );
        let mut introduced = Vec::new();
        for call in calls {
            if !introduced.contains(&call.caller) {
                introduced.push(call.caller);
                if let Some(introduction) = call.caller.introduction(&self.emulator) {
                    println!("\n{introduction}");
                }
            }
        }
        for call in calls {
            println!("\n{}\n", call.command(provider.mcp_url(), &self.emulator));
        }
    }
}
