//! Which redirect URIs a client may register, and which of them a request may use.

use url::{Host, Url};

/// Schemes that run or read something where they are opened.
const REFUSED_SCHEMES: [&str; 9] = [
    "about",
    "blob",
    "data",
    "file",
    "ftp",
    "javascript",
    "vbscript",
    "ws",
    "wss",
];

/// The URI, or what is wrong with it.
pub(crate) fn parse(uri: &str) -> Result<Url, String> {
    let url = Url::parse(uri).map_err(|_| format!("{uri} is not an absolute URI"))?;
    if url.fragment().is_some() {
        return Err(format!("remove the fragment from {uri}"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(format!(
            "{uri} must use https, or a loopback host such as 127.0.0.1"
        )),
        scheme if REFUSED_SCHEMES.contains(&scheme) => {
            Err(format!("{uri} must not use the scheme {scheme}"))
        }
        _ => Ok(url),
    }
}

/// Byte for byte, except for the port of a loopback address, which a native client learns only
/// when it starts to listen (RFC 8252 §7.3).
pub(crate) fn matches(registered: &str, requested: &str) -> bool {
    registered == requested
        || match (
            without_loopback_port(registered),
            without_loopback_port(requested),
        ) {
            (Some(registered), Some(requested)) => registered == requested,
            _ => false,
        }
}

fn without_loopback_port(uri: &str) -> Option<Url> {
    let mut url = parse(uri).ok()?;
    if url.scheme() != "http" {
        return None;
    }
    url.set_port(None).ok()?;
    Some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, parse};

    #[test]
    fn a_loopback_port_may_differ_and_nothing_else() {
        assert!(matches("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb"));
        assert!(matches("http://[::1]/cb", "http://[::1]:9/cb"));
        assert!(!matches(
            "http://127.0.0.1:1/cb",
            "http://127.0.0.1:1/other"
        ));
        assert!(!matches("http://127.0.0.1:1/cb", "http://localhost:1/cb"));
        assert!(!matches("https://a.example/cb", "https://a.example:444/cb"));
        assert!(!matches("https://a.example", "https://a.example/"));
    }

    #[test]
    fn only_https_loopback_and_private_schemes_register() {
        for uri in [
            "https://a.example/cb",
            "http://localhost:3000/cb",
            "cursor://x/cb",
            "com.a:/cb",
        ] {
            assert!(parse(uri).is_ok(), "{uri}");
        }
        for uri in [
            "http://a.example/cb",
            "https://a.example/#f",
            "javascript:1",
            "/cb",
        ] {
            assert!(parse(uri).is_err(), "{uri}");
        }
    }
}
