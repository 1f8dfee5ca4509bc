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
}

impl Call {
    /// A call of a tool.
    pub fn tool(caller: Caller, name: &str, arguments: &Value) -> Self {
        Self {
            caller,
            method: "tools/call",
            params: json!({ "name": name, "arguments": arguments }),
            with_head: false,
        }
    }

    /// The list of tools.
    pub fn list(caller: Caller) -> Self {
        Self {
            caller,
            method: "tools/list",
            params: json!({}),
            with_head: false,
        }
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
        format!(
            "Paste this to {what} {who}:\n\n\
             curl -s{head} {url} \\\n  \
             {authorization}\
             -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\\n  \
             -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: {method}'{name} \\\n  \
             -d '{message}'",
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
}

impl Caller {
    fn user(self, emulator: &Emulator) -> Option<User> {
        match self {
            Self::AdaOfAcme => Some(emulator.ada()),
            Self::GraceOfAcme | Self::GraceOfGlobex => Some(emulator.grace()),
            Self::Nobody => None,
        }
    }

    fn token(self, emulator: &Emulator) -> Option<String> {
        let organization = match self {
            Self::AdaOfAcme | Self::GraceOfAcme => emulator.acme(),
            Self::GraceOfGlobex => emulator.globex(),
            Self::Nobody => return None,
        };
        let token = emulator.token(&self.user(emulator)?);
        Some(token.organization(organization).build())
    }

    fn who(self, emulator: &Emulator) -> String {
        self.user(emulator)
            .map_or("without a token".to_owned(), |user| {
                format!("as {}", user.email())
            })
    }

    pub(crate) fn introduction(self, emulator: &Emulator) -> Option<String> {
        Some(format!(
            "An access token of {}, good for an hour:\n\n    {}",
            self.user(emulator)?.email(),
            self.token(emulator)?
        ))
    }
}
