//! Whether a request names this server and comes from where it may: the defence against DNS rebinding
//! ([MCP transports, security](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning)).

use http::{HeaderMap, Uri, header};

use crate::config::{AllowedHost, AllowedOrigin, Authority};

/// Why a request is refused before anybody looks at its credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    HostMalformed,
    Host,
    Origin,
}

pub(super) fn check_host(
    headers: &HeaderMap,
    uri: &Uri,
    hosts: &[AllowedHost],
) -> Result<(), Foreign> {
    let named = named_host(headers, uri).ok_or(Foreign::HostMalformed)?;
    if !hosts.iter().any(|host| host.matches(named)) {
        let foreign = Authority::parse(named).map(|_| Foreign::Host);
        return Err(foreign.unwrap_or(Foreign::HostMalformed));
    }
    Ok(())
}

/// Where a browser says that a request comes from. Others do not say it.
pub(super) fn check_origin(headers: &HeaderMap, origins: &[AllowedOrigin]) -> Result<(), Foreign> {
    let mut from = headers.get_all(header::ORIGIN).iter();
    match (from.next(), from.next()) {
        // Not from a browser.
        (None, _) => Ok(()),
        (Some(origin), None) if is_allowed(origin, origins) => Ok(()),
        _ => Err(Foreign::Origin),
    }
}

pub(super) fn is_allowed(origin: &http::HeaderValue, origins: &[AllowedOrigin]) -> bool {
    origin
        .to_str()
        .is_ok_and(|origin| origins.iter().any(|allowed| allowed.matches(origin)))
}

/// `Host`, exactly once; with HTTP/2, which has no such header, the `:authority`.
fn named_host<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<&'r str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) => Some(uri.authority()?.as_str()),
        (Some(_), Some(_)) => None,
    }
}
