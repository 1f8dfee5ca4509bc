//! The builder of a provider: what the caller says, then what the environment says, then defaults.

use std::ffi::OsString;

use secrecy::{ExposeSecret, SecretString};

use super::{
    Audience, BASE_SCOPES, Config,
    origin::{AllowedHost, AllowedOrigin},
    urls::{self, Problem, Resource},
};
use crate::{
    error::{ConfigError, ConfigProblem},
    limits::Limits,
    provider::Provider,
};

/// Builds a [`Provider`]; [`workos_provider!`](crate::workos_provider) is the same as a macro.
///
/// What is not set is read from the environment when [`build`](Self::build) runs. An empty variable
/// counts as unset.
///
/// ```
/// use workos_mcp::Provider;
///
/// let provider = Provider::builder()
///     .authkit_domain("your-app.authkit.app")
///     .base_url("https://mcp.example.com")
///     .build()?;
/// assert_eq!(provider.mcp_url(), "https://mcp.example.com/mcp");
/// # Ok::<(), workos_mcp::ConfigError>(())
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ProviderBuilder {
    api_key: Option<SecretString>,
    client_id: Option<String>,
    authkit_domain: Option<String>,
    base_url: Option<String>,
    docs_url: Option<String>,
    mcp_path: Option<String>,
    local_path: Option<String>,
    api_url: Option<String>,
    audience: Audience,
    client_ids: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
    allowed_origins: Option<Vec<String>>,
    allowed_hosts: Option<Vec<String>>,
    mirror_metadata: Option<bool>,
    bind: Option<String>,
    limits: Limits,
}

fn strings(values: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    values.into_iter().map(Into::into).collect()
}

impl ProviderBuilder {
    /// The secret key of the WorkOS environment, `sk_…`. Else `WORKOS_API_KEY`.
    ///
    /// Only [`user`](crate::user()) and [`client`](crate::client) use it; a server without them runs without a key.
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = Some(api_key.into().into());
        self
    }

    /// The client id of the WorkOS environment, `client_…`. Else `WORKOS_CLIENT_ID`.
    ///
    /// Needed with [`Audience::ClientId`] only.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The AuthKit domain, as the WorkOS dashboard shows it: `your-app.authkit.app`, or a custom domain.
    /// Else `WORKOS_AUTHKIT_DOMAIN`. Required.
    ///
    /// Also as a URL; `http://` is accepted for loopback addresses only.
    pub fn authkit_domain(mut self, authkit_domain: impl Into<String>) -> Self {
        self.authkit_domain = Some(authkit_domain.into());
        self
    }

    /// Where clients reach this server, without the MCP path: `https://mcp.example.com`. Else `BASE_URL`. Required.
    ///
    /// Everything that names this server comes from here, never from a request's headers. May have a
    /// path; `http://` is accepted for loopback addresses only.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Documentation of the server, for people; in the metadata as `resource_documentation`. Default: none.
    pub fn docs_url(mut self, docs_url: impl Into<String>) -> Self {
        self.docs_url = Some(docs_url.into());
        self
    }

    /// The path of the MCP endpoint behind [`base_url`](Self::base_url). Default: `/mcp`.
    pub fn mcp_path(mut self, mcp_path: impl Into<String>) -> Self {
        self.mcp_path = Some(mcp_path.into());
        self
    }

    /// The path of the MCP endpoint as requests reach this process, where a gateway in front strips a
    /// part of it. Default: the path that clients see.
    pub fn local_path(mut self, local_path: impl Into<String>) -> Self {
        self.local_path = Some(local_path.into());
        self
    }

    /// Another host of the WorkOS API. Else `WORKOS_API_URL`. Default: `https://api.workos.com`.
    pub fn api_url(mut self, api_url: impl Into<String>) -> Self {
        self.api_url = Some(api_url.into());
        self
    }

    /// Which `aud` a token must carry. Default: [`Audience::Resource`].
    pub fn audience(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }

    /// The OAuth clients whose tokens are accepted (claim `client_id`). Default: any.
    pub fn client_ids(mut self, client_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.client_ids = Some(strings(client_ids));
        self
    }

    /// The scopes that clients are told to ask for. Default: `openid profile email offline_access`.
    ///
    /// AuthKit refuses an authorization request without `openid`, and gives no refresh token without
    /// `offline_access`.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = Some(strings(scopes));
        self
    }

    /// The browser origins that may call: `https://app.example.com`, with `:*` for any port.
    /// Default: the origin of [`base_url`](Self::base_url), and on loopback `http://localhost:*` and `http://127.0.0.1:*`.
    ///
    /// A request with another `Origin` is refused; one without (not from a browser) goes on.
    pub fn allowed_origins(
        mut self,
        allowed_origins: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.allowed_origins = Some(strings(allowed_origins));
        self
    }

    /// The hosts that requests may name in `Host`: `mcp.example.com`, with a port only that port.
    /// Default: the host of [`base_url`](Self::base_url) and the loopback names.
    pub fn allowed_hosts(
        mut self,
        allowed_hosts: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.allowed_hosts = Some(strings(allowed_hosts));
        self
    }

    /// Whether AuthKit's authorization server metadata is served at this server's own well-known path,
    /// for clients older than protected resource metadata. Default: `true`.
    ///
    /// Turn it off in an application that is an authorization server itself.
    pub fn mirror_metadata(mut self, mirror_metadata: bool) -> Self {
        self.mirror_metadata = Some(mirror_metadata);
        self
    }

    /// The address that [`Provider::serve`] listens on: `host:port`, or a host alone. Else `BIND`.
    /// Default: host and port of a loopback `base_url`; else `0.0.0.0` and the port in `PORT`, or 8080.
    pub fn bind(mut self, bind: impl Into<String>) -> Self {
        self.bind = Some(bind.into());
        self
    }

    /// The bounds of sizes, counts and times. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Validates everything and puts the parts together. Nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// One [`ConfigError`] with every missing or bad value.
    pub fn build(self) -> Result<Provider, ConfigError> {
        Provider::from_config(self.validate(&|variable| std::env::var_os(variable))?)
    }

    pub(super) fn validate(
        self,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Config, ConfigError> {
        let mut problems = Problems {
            found: Vec::new(),
            environment,
        };

        let api_key = match self.api_key {
            Some(api_key) => Some(api_key),
            None => problems
                .variable("api_key", "WORKOS_API_KEY")
                .map(SecretString::from),
        }
        .and_then(|value| {
            problems.check(
                "api_key",
                Some("WORKOS_API_KEY"),
                token(value.expose_secret()).map(|()| value.clone()),
            )
        });
        let client_id = problems
            .value("client_id", "WORKOS_CLIENT_ID", self.client_id)
            .and_then(|value| {
                problems.check(
                    "client_id",
                    Some("WORKOS_CLIENT_ID"),
                    token(&value).map(|()| value.clone()),
                )
            });
        let issuer = problems
            .required(
                "authkit_domain",
                "WORKOS_AUTHKIT_DOMAIN",
                self.authkit_domain,
                "your-app.authkit.app",
            )
            .and_then(|value| {
                problems.check(
                    "authkit_domain",
                    Some("WORKOS_AUTHKIT_DOMAIN"),
                    urls::issuer(&value),
                )
            });
        let base_url = problems
            .required(
                "base_url",
                "BASE_URL",
                self.base_url,
                "https://mcp.example.com",
            )
            .and_then(|value| problems.check("base_url", Some("BASE_URL"), urls::base_url(&value)));
        let mcp_path = self.mcp_path.as_deref().unwrap_or("/mcp");
        let mcp_path = problems.check("mcp_path", None, urls::path(mcp_path));
        let local_path = self
            .local_path
            .and_then(|value| problems.check("local_path", None, urls::path(&value)));
        let docs_url = self
            .docs_url
            .and_then(|value| problems.check("docs_url", None, urls::docs_url(&value)));
        let api_url = problems
            .value("api_url", "WORKOS_API_URL", self.api_url)
            .and_then(|value| {
                problems.check("api_url", Some("WORKOS_API_URL"), urls::api_url(&value))
            });
        let scopes = match self.scopes {
            Some(scopes) => problems.check("scopes", None, checked_scopes(scopes)),
            None => Some(BASE_SCOPES.map(str::to_owned).to_vec()),
        };
        if self.audience == Audience::ClientId {
            if client_id.is_none() {
                problems.add(
                    "client_id",
                    Some("WORKOS_CLIENT_ID"),
                    "is missing; `audience` accepts tokens by it",
                );
            }
            if self.client_ids.is_none() {
                problems.add("client_ids", None, "is missing; with `audience` set to the client id, name the OAuth clients to accept");
            }
        }
        if self.client_ids.as_ref().is_some_and(Vec::is_empty) {
            problems.add("client_ids", None, "is empty, so no token would be accepted; name the OAuth clients, or leave it out to accept any");
        }
        let allowed_origins = self
            .allowed_origins
            .map(|values| problems.each("allowed_origins", &values, AllowedOrigin::parse));
        let allowed_hosts = self
            .allowed_hosts
            .map(|values| problems.each("allowed_hosts", &values, AllowedHost::parse));
        let bind = problems.value("bind", "BIND", self.bind);
        let port = problems
            .variable("bind", "PORT")
            .and_then(|value| problems.check("bind", Some("PORT"), port(&value)));
        let bind = bind.and_then(|value| {
            problems.check(
                "bind",
                Some("BIND"),
                listen_address(&value, port.unwrap_or(8080)),
            )
        });

        let found = problems.found;
        let (Some(issuer), Some(base_url), Some(mcp_path), Some(scopes), true) =
            (issuer, base_url, mcp_path, scopes, found.is_empty())
        else {
            return Err(ConfigError::new(found));
        };
        let resource = Resource::new(&base_url, &mcp_path, local_path.as_deref());
        let allowed_origins = allowed_origins.unwrap_or_else(|| default_origins(&resource));
        let allowed_hosts = allowed_hosts.unwrap_or_else(|| default_hosts(&resource));
        let bind = bind.unwrap_or_else(|| default_bind(&resource, port));
        Ok(Config {
            issuer,
            docs_url,
            api_key,
            client_id,
            api_url: api_url.unwrap_or_else(|| "https://api.workos.com".to_owned()),
            audience: self.audience,
            client_ids: self.client_ids,
            scopes,
            allowed_origins,
            allowed_hosts,
            mirror_metadata: self.mirror_metadata.unwrap_or(true),
            bind,
            limits: self.limits,
            resource,
        })
    }
}

/// Never the values: one of them is a secret.
impl std::fmt::Debug for ProviderBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderBuilder").finish_non_exhaustive()
    }
}

struct Problems<'a> {
    found: Vec<ConfigProblem>,
    environment: &'a dyn Fn(&str) -> Option<OsString>,
}

impl Problems<'_> {
    fn add(
        &mut self,
        field: &'static str,
        variable: Option<&'static str>,
        message: impl Into<String>,
    ) {
        self.found
            .push(ConfigProblem::new(field, variable, message));
    }

    fn check<T>(
        &mut self,
        field: &'static str,
        variable: Option<&'static str>,
        checked: Result<T, Problem>,
    ) -> Option<T> {
        checked
            .map_err(|problem| self.add(field, variable, problem))
            .ok()
    }

    fn each<T>(
        &mut self,
        field: &'static str,
        values: &[String],
        parse: fn(&str) -> Result<T, Problem>,
    ) -> Vec<T> {
        values
            .iter()
            .filter_map(|value| self.check(field, None, parse(value)))
            .collect()
    }

    fn variable(&mut self, field: &'static str, variable: &'static str) -> Option<String> {
        let value = (self.environment)(variable)?;
        match value.into_string() {
            Ok(value) => Some(value.trim().to_owned()).filter(|value| !value.is_empty()),
            Err(_) => {
                self.add(field, Some(variable), "is not valid UTF-8");
                None
            }
        }
    }

    fn value(
        &mut self,
        field: &'static str,
        variable: &'static str,
        given: Option<String>,
    ) -> Option<String> {
        given.or_else(|| self.variable(field, variable))
    }

    fn required(
        &mut self,
        field: &'static str,
        variable: &'static str,
        given: Option<String>,
        example: &str,
    ) -> Option<String> {
        let before = self.found.len();
        let value = self.value(field, variable, given);
        if value.is_none() && self.found.len() == before {
            self.add(
                field,
                Some(variable),
                format!("is missing; set it, for example to {example}"),
            );
        }
        value
    }
}

/// Scopes that can stand in a challenge ([RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).
fn checked_scopes(scopes: Vec<String>) -> Result<Vec<String>, Problem> {
    if scopes.is_empty() {
        return Err("is empty, which clients take for a request without scopes; leave it out for the default".to_owned());
    }
    for scope in &scopes {
        let valid = !scope.is_empty()
            && scope
                .bytes()
                .all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E));
        if !valid {
            return Err(format!(
                "has {scope:?}, which is not a scope: printable ASCII without spaces, quotes and backslashes"
            ));
        }
        if matches!(scope.as_str(), "*" | "all" | "full-access") {
            return Err(format!(
                "has {scope:?}, which asks for everything; name the scopes"
            ));
        }
    }
    Ok(scopes)
}

/// What can stand in a header; the value may be a secret, even in the field that is none.
fn token(value: &str) -> Result<(), Problem> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("is empty, or has a space or another character that WorkOS never uses; copy it again from the dashboard".to_owned())
    }
}

fn port(value: &str) -> Result<u16, Problem> {
    value
        .parse()
        .map_err(|_| format!("is {value:?}, which is not a port number"))
}

fn listen_address(value: &str, default_port: u16) -> Result<String, Problem> {
    let bare_ipv6 = value.parse::<std::net::Ipv6Addr>().is_ok();
    let authority = if bare_ipv6 {
        super::Authority::parse(&format!("[{value}]"))
    } else {
        super::Authority::parse(value)
    };
    authority
        .map(|authority| {
            format!(
                "{}:{}",
                authority.host,
                authority.port.unwrap_or(default_port)
            )
        })
        .ok_or_else(|| {
            format!(
                "is {value:?}, which cannot be listened on; write host:port, such as 127.0.0.1:3000"
            )
        })
}

fn default_origins(resource: &Resource) -> Vec<AllowedOrigin> {
    let loopback = ["http://localhost:*", "http://127.0.0.1:*"];
    std::iter::once(resource.origin.as_str())
        .chain(loopback.into_iter().filter(|_| resource.loopback))
        .filter_map(|origin| AllowedOrigin::parse(origin).ok())
        .collect()
}

fn default_hosts(resource: &Resource) -> Vec<AllowedHost> {
    let own = match resource.explicit_port {
        Some(port) => AllowedHost::parse(&format!("{}:{port}", resource.host)).ok(),
        None => Some(AllowedHost::any_port(&resource.host)),
    };
    own.into_iter()
        .chain(["localhost", "127.0.0.1", "[::1]"].map(AllowedHost::any_port))
        .collect()
}

fn default_bind(resource: &Resource, port: Option<u16>) -> String {
    if resource.loopback {
        // "localhost" may resolve to ::1 alone, which clients of 127.0.0.1 would not reach.
        let host = if resource.host == "localhost" {
            "127.0.0.1"
        } else {
            &resource.host
        };
        format!("{host}:{}", resource.port)
    } else {
        format!("0.0.0.0:{}", port.unwrap_or(8080))
    }
}
