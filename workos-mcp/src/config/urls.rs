//! The URLs of a configuration: parsed once, normalised once, compared as strings from then on.

use std::sync::Arc;

use url::{Host, Url};

use super::secret_key::is_secret_key;

/// What is wrong with a value, for the end of a sentence that begins with the field's name.
pub(super) type Problem = String;

/// The MCP server as an OAuth resource ([RFC 9728 §1.2](https://www.rfc-editor.org/rfc/rfc9728#section-1.2)).
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// The resource identifier: what is advertised, registered in WorkOS, and expected as `aud`.
    pub(crate) url: Arc<str>,
    /// Absolute URL of the protected resource metadata.
    pub(crate) metadata_url: Arc<str>,
    /// Where the metadata is served: the well-known path with the resource's path behind it.
    pub(crate) metadata_path: String,
    /// Where the MCP endpoint is served by this process.
    pub(crate) local_path: String,
    pub(crate) origin: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) explicit_port: Option<u16>,
    pub(crate) loopback: bool,
}

impl Resource {
    pub(crate) const WELL_KNOWN: &'static str = "/.well-known/oauth-protected-resource";

    pub(super) fn new(base: &Url, mcp_path: &str, local_path: Option<&str>) -> Self {
        let origin = base.origin().ascii_serialization();
        let base_path = base.path().trim_end_matches('/');
        let mcp_path = if mcp_path == "/" { "" } else { mcp_path };
        let path = format!("{base_path}{mcp_path}");
        let local_path = match local_path {
            Some(local) => local.to_owned(),
            None if path.is_empty() => "/".to_owned(),
            None => path.clone(),
        };
        let metadata_path = format!("{}{path}", Self::WELL_KNOWN);
        Self {
            url: format!("{origin}{path}").into(),
            metadata_url: format!("{origin}{metadata_path}").into(),
            metadata_path,
            local_path,
            origin,
            host: base.host_str().unwrap_or_default().to_owned(),
            port: base.port_or_known_default().unwrap_or_default(),
            explicit_port: base.port(),
            loopback: is_loopback(base),
        }
    }

    /// The values of `aud` that mean this server. Clients that pass a path-less resource through a
    /// URL type send it with a slash behind it; with a path no slash is forgiven.
    pub(crate) fn audiences(&self) -> Vec<String> {
        let mut audiences = vec![self.url.to_string()];
        if *self.url == *self.origin {
            audiences.push(format!("{}/", self.origin));
        }
        audiences
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An absolute URL with nothing that could make two spellings of one server.
fn server_url(value: &str) -> Result<Url, Problem> {
    let url = Url::parse(value).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => {
            "is not an absolute URL; begin it with https://, or for a loopback address with http://"
                .to_owned()
        }
        error => format!("is not a URL: {error}"),
    })?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(
                "must use https; http is for loopback addresses only, such as http://localhost:3000"
                    .to_owned(),
            );
        }
        _ => {
            return Err(
                "must begin with https://, or for a loopback address with http://, such as http://localhost:3000"
                    .to_owned(),
            );
        }
    }
    // In place of an address it would go into documents that everybody may read.
    if url.host_str().is_some_and(is_secret_key) {
        return Err(
            "is a secret key of WorkOS, not an address; check which variable has which value"
                .to_owned(),
        );
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if matches!(url.host(), Some(Host::Domain(domain)) if !domain.bytes().all(is_plain)) {
        return Err("must have a host of letters, digits, '-', '.' and '_'".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query or a fragment".to_owned());
    }
    Ok(url)
}

/// The issuer for `x.authkit.app`, `https://…`, or, on loopback, `http://…`.
pub(super) fn issuer(value: &str) -> Result<Arc<str>, Problem> {
    let url = if value.contains("://") {
        server_url(value)?
    } else {
        server_url(&format!("https://{value}"))?
    };
    if url.path() != "/" {
        return Err(
            "must be a domain without a path, as WorkOS shows it, such as your-app.authkit.app"
                .to_owned(),
        );
    }
    Ok(url.origin().ascii_serialization().into())
}

pub(super) fn base_url(value: &str) -> Result<Url, Problem> {
    let url = server_url(value)?;
    if url.path() != "/" {
        plain_path(url.path().trim_end_matches('/'))?;
    }
    Ok(url)
}

pub(super) fn api_url(value: &str) -> Result<String, Problem> {
    Ok(server_url(value)?.as_str().trim_end_matches('/').to_owned())
}

pub(super) fn docs_url(value: &str) -> Result<Url, Problem> {
    let url = Url::parse(value)
        .map_err(|_| "is not an absolute URL; begin it with https://".to_owned())?;
    if matches!(url.scheme(), "https" | "http") {
        Ok(url)
    } else {
        Err("must begin with https:// or http://".to_owned())
    }
}

/// A path that reads the same in a URL, in a router and in an `aud` claim.
pub(super) fn path(value: &str) -> Result<String, Problem> {
    if !value.starts_with('/') {
        return Err("must begin with /, such as /mcp".to_owned());
    }
    if value != "/" {
        plain_path(value)?;
    }
    if value.starts_with("/.well-known") || value == "/healthz" {
        return Err(
            "is a path that this library serves itself; choose another, such as /mcp".to_owned(),
        );
    }
    Ok(value.to_owned())
}

fn plain_path(value: &str) -> Result<(), Problem> {
    if value.ends_with('/') {
        return Err("must not end with /".to_owned());
    }
    let plain = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    if value.split('/').skip(1).all(plain) {
        Ok(())
    } else {
        Err(
            "must be a path of letters, digits, '-', '.', '_' and '~' between single slashes"
                .to_owned(),
        )
    }
}
