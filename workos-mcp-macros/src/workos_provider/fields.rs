//! What the builder can be told, and by which name.

use syn::{Ident, ext::IdentExt as _};

use super::url_literal;
use crate::nearest::nearest;

/// One setter of the builder.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    /// A value as one writes it.
    pub(super) example: &'static str,
    /// What one leaves the field out for.
    pub(super) left_out: &'static str,
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

pub(super) enum Takes {
    Secret,
    /// A string, and what is wrong with one, for the end of a sentence that begins with the name.
    Text(fn(&str) -> Result<(), String>),
    /// A string, in whose place a key is easily put.
    Permission,
    List {
        /// What is wrong with an empty one.
        empty: Option<&'static str>,
    },
    /// An array of tuples of two, the first of which is a string.
    Pairs(Second),
    Flag,
    /// One of two words, which is a variant of an enumeration.
    Word(&'static Choice),
    Rule,
    Limits,
}

/// The words for the variants of an enumeration; the first is the default.
pub(super) struct Choice {
    pub(super) enumeration: &'static str,
    pub(super) words: [(&'static str, &'static str); 2],
}

static AUDIENCE: Choice = Choice {
    enumeration: "Audience",
    words: [("resource", "Resource"), ("client_id", "ClientId")],
};
static ANONYMOUS: Choice = Choice {
    enumeration: "Anonymous",
    words: [("refuse", "Refuse"), ("allow", "Allow")],
};
static REFUSAL: Choice = Choice {
    enumeration: "RefusalForm",
    words: [("challenge", "Challenge"), ("tool_result", "ToolResult")],
};

pub(super) enum Second {
    Rule,
    Text,
}

const NO_SCOPES: &str = "is empty, which clients take for a request without scopes; name the scopes, or leave it out for the default";
const NO_CLIENTS: &str = "is empty, so no token would be accepted; name the OAuth clients, or leave it out to accept any";
const NO_MACHINES: &str =
    "is empty; name the machine-to-machine applications, or leave it out to accept none";
const NO_HOSTS: &str = "is empty, so every request would be refused; name the hosts, or leave it out for the host of `base_url`";

#[rustfmt::skip] // one field a line
static KNOWN: [Known; 28] = [
    Known { name: "api_key", takes: Takes::Secret, example: "std::env::var(\"MY_API_KEY\")?", left_out: "to read WORKOS_API_KEY" },
    Known { name: "session_key", takes: Takes::Secret, example: "std::env::var(\"MY_SESSION_KEY\")?", left_out: "to read WORKOS_MCP_SESSION_KEY" },
    Known { name: "previous_session_key", takes: Takes::Secret, example: "std::env::var(\"MY_OLD_KEY\")?", left_out: "to read WORKOS_MCP_PREVIOUS_SESSION_KEY" },
    Known { name: "client_id", takes: Takes::Text(client_id), example: "\"client_01HXYZ\"", left_out: "to read WORKOS_CLIENT_ID" },
    Known { name: "authkit_domain", takes: Takes::Text(url_literal::domain), example: "\"your-app.authkit.app\"", left_out: "to read WORKOS_AUTHKIT_DOMAIN" },
    Known { name: "other_authkit_domains", takes: Takes::List { empty: None }, example: "[\"your-app.authkit.app\"]", left_out: "for none" },
    Known { name: "base_url", takes: Takes::Text(url_literal::base), example: "\"https://mcp.example.com\"", left_out: "to read BASE_URL" },
    Known { name: "docs_url", takes: Takes::Text(url_literal::document), example: "\"https://example.com/docs\"", left_out: "for none" },
    Known { name: "mcp_path", takes: Takes::Text(url_literal::path), example: "\"/mcp\"", left_out: "for `/mcp`" },
    Known { name: "local_path", takes: Takes::Text(url_literal::path), example: "\"/mcp\"", left_out: "for the path that clients see" },
    Known { name: "api_url", takes: Takes::Text(url_literal::server), example: "\"https://api.workos.com\"", left_out: "to read WORKOS_API_URL" },
    Known { name: "audience", takes: Takes::Word(&AUDIENCE), example: "resource", left_out: "for `resource`" },
    Known { name: "client_ids", takes: Takes::List { empty: Some(NO_CLIENTS) }, example: "[\"client_01HXYZ\"]", left_out: "to accept any" },
    Known { name: "machines", takes: Takes::List { empty: Some(NO_MACHINES) }, example: "[\"client_01HXYZ\"]", left_out: "to accept none" },
    Known { name: "api_keys", takes: Takes::Permission, example: "\"mcp:use\"", left_out: "to accept none" },
    Known { name: "scopes", takes: Takes::List { empty: Some(NO_SCOPES) }, example: "[\"openid\", \"profile\", \"email\", \"offline_access\"]", left_out: "for the default" },
    Known { name: "allowed_origins", takes: Takes::List { empty: None }, example: "[\"https://app.example.com\"]", left_out: "for the origin of `base_url`" },
    Known { name: "allowed_hosts", takes: Takes::List { empty: Some(NO_HOSTS) }, example: "[\"mcp.example.com\"]", left_out: "for the host of `base_url`" },
    Known { name: "mirror_metadata", takes: Takes::Flag, example: "false", left_out: "for `true`" },
    Known { name: "bind", takes: Takes::Text(|_| Ok(())), example: "\"127.0.0.1:3000\"", left_out: "to read BIND" },
    Known { name: "anonymous", takes: Takes::Word(&ANONYMOUS), example: "allow", left_out: "for `refuse`" },
    Known { name: "refusal", takes: Takes::Word(&REFUSAL), example: "tool_result", left_out: "for `challenge`" },
    Known { name: "require", takes: Takes::Rule, example: "Rule::role(\"admin\")", left_out: "for everybody who signs in" },
    Known { name: "tool_rules", takes: Takes::Pairs(Second::Rule), example: "[(\"delete-widget\", Rule::role(\"admin\"))]", left_out: "for none" },
    Known { name: "prompt_rules", takes: Takes::Pairs(Second::Rule), example: "[(\"advice\", Rule::role(\"admin\"))]", left_out: "for none" },
    Known { name: "resource_rules", takes: Takes::Pairs(Second::Rule), example: "[(\"payroll://{employee}\", Rule::role(\"admin\"))]", left_out: "for none" },
    Known { name: "scope_hierarchy", takes: Takes::Pairs(Second::Text), example: "[(\"reports:write\", \"reports:read\")]", left_out: "for none" },
    Known { name: "limits", takes: Takes::Limits, example: "Limits::default()", left_out: "for the default" },
];

pub(super) fn find(name: &Ident) -> Option<&'static Known> {
    let name = name.unraw();
    KNOWN.iter().find(|known| name == known.name)
}

pub(super) fn unknown(name: &Ident) -> syn::Error {
    let written = name.unraw().to_string();
    let nearest = nearest(&written, KNOWN.iter().map(|known| known.name));
    let problem = if let Some(nearest) = nearest {
        format!("unknown field `{written}`; did you mean `{nearest}`?")
    } else {
        let names = KNOWN.each_ref().map(|known| known.name).join("`, `");
        format!("unknown field `{written}`; the fields are `{names}`")
    };
    syn::Error::new(name.span(), problem)
}

/// What is wrong with a permission, for the end of a sentence that begins with the name.
pub(super) fn permission(value: &str) -> Result<(), String> {
    if value.contains(char::is_whitespace) {
        return Err("has white space, as no permission has; write the one that a caller's key must have, such as `\"mcp:use\"`".to_owned());
    }
    Ok(())
}

fn client_id(value: &str) -> Result<(), String> {
    if value.starts_with("client_") {
        return Ok(());
    }
    Err("is not a client id of WorkOS; write the one that begins with `client_`".to_owned())
}
