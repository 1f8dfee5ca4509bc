//! Which hosts a request may name and which origins it may come from.

use http::Uri;

use super::{
    secret_key::{is_secret_key, shown},
    urls::Problem,
};

/// `host` or `host:port` of a `Host` header or an `Origin`, normalised for comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl Authority {
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let authority = http::uri::Authority::try_from(value).ok()?;
        // An authority may carry `user@`, which neither header may.
        if value.contains('@') || authority.host().is_empty() {
            return None;
        }
        let host = authority.host();
        let port = port_behind(authority.as_str().strip_prefix(host)?).ok()?;
        Some(Self {
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

/// The port that is behind a host, if there is one; an error where something else is.
fn port_behind(rest: &str) -> Result<Option<u16>, ()> {
    if rest.is_empty() {
        return Ok(None);
    }
    // `http` takes `host:`, `host:+80` and `[::1]x:80` too.
    let port = rest.strip_prefix(':').ok_or(())?;
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(());
    }
    port.parse().map(Some).map_err(drop)
}

/// A host that requests may name: with a port only that port, without one any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedHost(Authority);

impl AllowedHost {
    pub(super) fn parse(value: &str) -> Result<Self, Problem> {
        Authority::parse(value)
            .filter(|authority| !is_secret_key(&authority.host))
            .map(Self)
            .ok_or_else(|| {
                format!(
                    "has {}, which is not a host; write a host or host:port, \
                     such as mcp.example.com",
                    shown(value)
                )
            })
    }

    pub(super) fn any_port(host: &str) -> Self {
        Self(Authority {
            host: host.to_ascii_lowercase(),
            port: None,
        })
    }

    /// Whether a `Host` header's value is this host. Anything that is not one host, with or without a port, is none.
    pub(crate) fn matches(&self, named: &str) -> bool {
        let Some((host, rest)) = named.split_at_checked(self.0.host.len()) else {
            return false;
        };
        (host == self.0.host || host.eq_ignore_ascii_case(&self.0.host))
            && port_behind(rest).is_ok_and(|port| self.0.port.is_none() || self.0.port == port)
    }
}

impl std::fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.host)?;
        self.0.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// A browser origin that requests may come from ([RFC 6454 §4](https://www.rfc-editor.org/rfc/rfc6454#section-4)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedOrigin {
    scheme: Box<str>,
    host: String,
    /// `None` for `:*`.
    port: Option<u16>,
}

impl AllowedOrigin {
    pub(super) fn parse(value: &str) -> Result<Self, Problem> {
        let problem = || {
            format!(
                "has {}, which is not an origin; write scheme://host, scheme://host:port or \
                 scheme://host:*, such as https://app.example.com",
                shown(value)
            )
        };
        if let Some(base) = value.strip_suffix(":*") {
            let (scheme, authority) = split(base).ok_or_else(problem)?;
            if authority.port.is_some() {
                return Err(problem());
            }
            return Ok(Self {
                scheme: scheme.into(),
                host: authority.host,
                port: None,
            });
        }
        let (scheme, authority) = split(value).ok_or_else(problem)?;
        let port = authority
            .port
            .or_else(|| default_port(&scheme))
            .ok_or_else(problem)?;
        Ok(Self {
            scheme: scheme.into(),
            host: authority.host,
            port: Some(port),
        })
    }

    /// Whether an `Origin` header's value is this origin. Anything that is not one origin, `null`
    /// among it, is none.
    pub(crate) fn matches(&self, origin: &str) -> bool {
        split(origin).is_some_and(|(scheme, authority)| {
            *self.scheme == *scheme
                && self.host == authority.host
                && self.port.is_none_or(|port| {
                    authority.port.or_else(|| default_port(&scheme)) == Some(port)
                })
        })
    }
}

impl std::fmt::Display for AllowedOrigin {
    /// Always with the port: rmcp takes an origin without one to mean any.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}:", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(f, "{port}"),
            None => f.write_str("*"),
        }
    }
}

fn split(origin: &str) -> Option<(String, Authority)> {
    let (scheme, authority) = origin.split_once("://")?;
    let valid = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    // A trailing slash or a path makes it a URL, not an origin.
    if !valid || Uri::try_from(authority).is_err() || authority.contains(['/', '?', '#']) {
        return None;
    }
    Some((scheme.to_ascii_lowercase(), Authority::parse(authority)?))
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}
