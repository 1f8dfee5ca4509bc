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

pub(super) fn check(
    headers: &HeaderMap,
    uri: &Uri,
    hosts: &[AllowedHost],
    origins: &[AllowedOrigin],
) -> Result<(), Foreign> {
    let named = named_host(headers, uri).ok_or(Foreign::HostMalformed)?;
    if !hosts.iter().any(|host| host.matches(&named)) {
        return Err(Foreign::Host);
    }
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
fn named_host(headers: &HeaderMap, uri: &Uri) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => Authority::parse(host.to_str().ok()?),
        (None, _) => Authority::parse(uri.authority()?.as_str()),
        (Some(_), Some(_)) => None,
    }
}
