//! What the examples run on when nothing is configured: the emulator, in this process.

#![allow(
    clippy::print_stdout,
    reason = "an example talks to the person who started it"
)]

use std::{env, io, net::TcpListener, time::Duration};

use serde_json::{Value, json};
use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};
use workos_mcp::{ConfigError, Provider, workos_provider};
use workos_mcp_emulator::{Emulator, User};

const VARIABLES: [&str; 4] = [
    "WORKOS_API_KEY",
    "WORKOS_CLIENT_ID",
    "WORKOS_AUTHKIT_DOMAIN",
    "BASE_URL",
];

/// A provider on the local AuthKit, or, without one, on what the environment configures.
///
/// # Errors
///
/// When the environment is missing a value, or has a bad one.
pub fn provider(local: Option<&LocalAuthKit>) -> Result<Provider, ConfigError> {
    match local {
        None => workos_provider! {},
        Some(local) => local.provider(),
    }
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
        workos_provider! {
            api_key: self.emulator.api_key(),
            client_id: self.emulator.client_id(),
            authkit_domain: self.emulator.issuer(),
            api_url: self.emulator.url(),
            base_url: self.base_url.clone(),
        }
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
                println!(
                    "\nAn access token of {}, good for an hour:\n\n    {}",
                    self.user(call.caller).email(),
                    self.token(call.caller)
                );
            }
        }
        for call in calls {
            self.print(provider, call);
        }
    }

    fn user(&self, caller: Caller) -> User {
        match caller {
            Caller::AdaOfAcme => self.emulator.ada(),
            Caller::GraceOfAcme | Caller::GraceOfGlobex => self.emulator.grace(),
        }
    }

    fn token(&self, caller: Caller) -> String {
        let organization = match caller {
            Caller::AdaOfAcme | Caller::GraceOfAcme => self.emulator.acme(),
            Caller::GraceOfGlobex => self.emulator.globex(),
        };
        let token = self.emulator.token(&self.user(caller));
        token.organization(organization).build()
    }

    fn print(&self, provider: &Provider, call: &Call) {
        let mut params = call.params.clone();
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": call.method, "params": params });
        let name = call.params["name"].as_str();
        let (repeat, times, done) = match call.times {
            1 => (String::new(), String::new(), ""),
            times => (
                format!("for i in $(seq {times}); do\n"),
                format!(" {times} times"),
                "done\n",
            ),
        };
        println!(
            "\nPaste this to {what} as {user}{times}:\n\n\
             {repeat}curl -s{head} {url} \\\n  \
             -H 'Authorization: Bearer {token}' \\\n  \
             -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\\n  \
             -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: {method}'{name} \\\n  \
             -d '{message}'\n{done}",
            what = name.map_or("list the tools".to_owned(), |name| format!("call `{name}`")),
            user = self.user(call.caller).email(),
            head = if call.with_head { "i" } else { "" },
            url = provider.mcp_url(),
            token = self.token(call.caller),
            method = call.method,
            name = name.map_or(String::new(), |name| format!(" -H 'Mcp-Name: {name}'")),
        );
    }
}

/// A call to print as a command.
#[derive(Debug)]
pub struct Call {
    caller: Caller,
    method: &'static str,
    params: Value,
    with_head: bool,
    times: u32,
}

impl Call {
    /// A call of a tool.
    pub fn tool(caller: Caller, name: &str, arguments: &Value) -> Self {
        Self {
            caller,
            method: "tools/call",
            params: json!({ "name": name, "arguments": arguments }),
            with_head: false,
            times: 1,
        }
    }

    /// The list of tools.
    pub fn list(caller: Caller) -> Self {
        Self {
            caller,
            method: "tools/list",
            params: json!({}),
            with_head: false,
            times: 1,
        }
    }

    /// Calls so many times, one after the other.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Shows the head of the answer as well, where that says what matters.
    #[must_use]
    pub fn with_head(mut self) -> Self {
        self.with_head = true;
        self
    }
}

/// Somebody whom the local AuthKit knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Ada Lovelace, signed in to Acme, where she is an admin.
    AdaOfAcme,
    /// Grace Hopper, signed in to Acme, where she is a member.
    GraceOfAcme,
    /// Grace Hopper, signed in to Globex, where she is a member.
    GraceOfGlobex,
}
