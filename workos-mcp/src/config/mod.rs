//! What a provider needs to know, and the one place that validates it.

mod builder;
mod credentials;
mod origin;
mod rules;
mod secret_key;
#[cfg(test)]
mod tests;
mod urls;
mod validate;

use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

pub use builder::ProviderBuilder;
pub(crate) use origin::{AllowedHost, AllowedOrigin, Authority};
#[cfg(feature = "rmcp")]
pub(crate) use rules::ByName;
pub(crate) use rules::Rules;
pub(crate) use urls::Resource;

use crate::limits::Limits;

/// The scopes asked for when the builder says nothing.
///
/// AuthKit refuses an authorization request without `openid`, and gives no refresh token without
/// `offline_access`. The specification would rather not see the latter in a challenge; without it,
/// clients that ask for exactly what is advertised make their users sign in anew every few minutes.
pub(crate) const BASE_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// Which `aud` claim a token must carry; see [`ProviderBuilder::audience`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience {
    /// The URL of this MCP server, which is registered in WorkOS as a resource indicator
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)). The default.
    #[default]
    Resource,
    /// The URL of this MCP server or else the environment's client id, which AuthKit writes while no
    /// resource indicator is registered.
    ///
    /// Such a token says nothing about which server it is for, so any other server of the same
    /// environment can replay it here. Needs [`ProviderBuilder::client_ids`], so that at least the
    /// client is known, and warns at start.
    ClientId,
}

/// Whether callers without an access token are let in; see [`ProviderBuilder::anonymous`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Anonymous {
    /// Everything needs a token. The default.
    #[default]
    Refuse,
    /// Without a token, callers see what there is, and use what is public.
    Allow,
}

/// How a tool refuses callers who have to sign in, or to be granted more scopes; see [`ProviderBuilder::refusal`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalForm {
    /// By HTTP 401 or 403 with a challenge in `WWW-Authenticate`, as the MCP specification has it and as Claude and the
    /// official SDKs expect
    /// ([MCP, authorization](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization)). The default.
    #[default]
    Challenge,
    /// By HTTP 200 and an error result with the challenge in `_meta["mcp/www_authenticate"]`, which is what ChatGPT reacts to
    /// ([OpenAI, authentication](https://developers.openai.com/apps-sdk/build/auth)).
    ToolResult,
}

/// A validated configuration.
pub(crate) struct Config {
    /// The issuer that clients are sent to.
    pub(crate) issuer: Arc<str>,
    /// Further issuers whose tokens are accepted.
    pub(crate) other_issuers: Vec<Arc<str>>,
    pub(crate) resource: Resource,
    pub(crate) docs_url: Option<Url>,
    pub(crate) api_key: Option<SecretString>,
    pub(crate) session_key: Option<SecretString>,
    pub(crate) previous_session_key: Option<SecretString>,
    pub(crate) client_id: Option<String>,
    pub(crate) api_url: String,
    pub(crate) audience: Audience,
    pub(crate) client_ids: Option<Vec<String>>,
    pub(crate) machines: Vec<String>,
    /// The permission by which API keys of callers are let in.
    pub(crate) api_keys: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) allowed_origins: Vec<AllowedOrigin>,
    pub(crate) allowed_hosts: Vec<AllowedHost>,
    pub(crate) mirror_metadata: bool,
    /// `host:port` that `serve` listens on.
    pub(crate) bind: String,
    pub(crate) anonymous: Anonymous,
    #[cfg_attr(
        not(feature = "rmcp"),
        expect(dead_code, reason = "only an rmcp handler has tools")
    )]
    pub(crate) refusal: RefusalForm,
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
}

impl Config {
    /// Whose tokens are accepted, the issuer that clients are sent to first.
    pub(crate) fn issuers(&self) -> impl Iterator<Item = &Arc<str>> {
        std::iter::once(&self.issuer).chain(&self.other_issuers)
    }

    pub(crate) fn key_set_url(issuer: &str) -> Option<Url> {
        Url::parse(&format!("{issuer}/oauth2/jwks")).ok()
    }

    pub(crate) fn user_agent() -> &'static str {
        concat!("workos-mcp/", env!("CARGO_PKG_VERSION"))
    }
}
