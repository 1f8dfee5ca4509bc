//! Calls of an example's server, as commands to paste.

use serde_json::{Value, json};
use workos_mcp_emulator::{Emulator, User};

/// A call to print as a command.
#[derive(Debug)]
pub struct Call {
    pub(crate) caller: Caller,
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

    pub(crate) fn command(&self, url: &str, emulator: &Emulator) -> String {
        let mut params = self.params.clone();
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": self.method, "params": params });
        let name = self.params["name"].as_str();
        let (repeat, times, done) = match self.times {
            1 => (String::new(), String::new(), ""),
            times => (
                format!("for i in $(seq {times}); do\n"),
                format!(" {times} times"),
                "\ndone",
            ),
        };
        format!(
            "Paste this to {what} {who}{times}:\n\n\
             {repeat}curl -s{head} {url} \\\n  \
             {authorization}\
             -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\\n  \
             -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: {method}'{name} \\\n  \
             -d '{message}'{done}",
            what = name.map_or("list the tools".to_owned(), |name| format!("call `{name}`")),
            who = self.caller.who(emulator),
            head = if self.with_head { "i" } else { "" },
            authorization = self
                .caller
                .token(emulator)
                .map_or(String::new(), |token| format!(
                    "-H 'Authorization: Bearer {token}' \\\n  "
                )),
            method = self.method,
            name = name.map_or(String::new(), |name| format!(" -H 'Mcp-Name: {name}'")),
        )
    }
}

/// Somebody whom the local AuthKit knows, or nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Ada Lovelace, signed in to Acme, where she is an admin.
    AdaOfAcme,
    /// Grace Hopper, signed in to Acme, where she is a member.
    GraceOfAcme,
    /// Grace Hopper, signed in to Globex, where she is a member.
    GraceOfGlobex,
    /// Who has not signed in.
    Nobody,
    /// The machine-to-machine application of Acme.
    NightlyReport,
    /// Who holds an API key of Acme.
    KeyOfAcme,
}

impl Caller {
    fn user(self, emulator: &Emulator) -> Option<User> {
        match self {
            Self::AdaOfAcme => Some(emulator.ada()),
            Self::GraceOfAcme | Self::GraceOfGlobex => Some(emulator.grace()),
            Self::Nobody | Self::NightlyReport | Self::KeyOfAcme => None,
        }
    }

    fn token(self, emulator: &Emulator) -> Option<String> {
        let organization = match self {
            Self::AdaOfAcme | Self::GraceOfAcme => emulator.acme(),
            Self::GraceOfGlobex => emulator.globex(),
            Self::Nobody => return None,
            Self::NightlyReport => {
                let machine = emulator.machine()?;
                let token = emulator.machine_token(machine.id(), emulator.acme());
                return Some(token.build());
            }
            Self::KeyOfAcme => return Some(emulator.api_keys().first()?.value().to_owned()),
        };
        let token = emulator.token(&self.user(emulator)?);
        Some(token.organization(organization).build())
    }

    fn who(self, emulator: &Emulator) -> String {
        match (self, self.user(emulator)) {
            (_, Some(user)) => format!("as {}", user.email()),
            (Self::NightlyReport, None) => "as the application".to_owned(),
            (Self::KeyOfAcme, None) => "with the API key".to_owned(),
            (_, None) => "without a token".to_owned(),
        }
    }

    pub(crate) fn introduction(self, emulator: &Emulator) -> Option<String> {
        let token = self.token(emulator)?;
        if self == Self::KeyOfAcme {
            let key = emulator.api_keys().into_iter().next()?;
            let permissions = key.permissions().join(", ");
            return Some(format!(
                "An API key of Acme with the permissions {permissions}:\n\n    {token}"
            ));
        }
        if let Some(user) = self.user(emulator) {
            let email = user.email();
            return Some(format!(
                "An access token of {email}, good for an hour:\n\n    {token}"
            ));
        }
        let machine = emulator.machine()?;
        Some(format!(
            "The application {:?} gets its tokens with its client id and secret:\n\n    \
             curl -s -u {}:{} -d grant_type=client_credentials {}/oauth2/token\n\n\
             One of them:\n\n    {token}",
            machine.name(),
            machine.id(),
            machine.secret()?,
            emulator.issuer(),
        ))
    }
}
