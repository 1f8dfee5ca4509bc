//! Literal URLs and paths that cannot work. The run time has the last word; what is in doubt here
//! passes. A URL parser would bring more code into every build than this is worth.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What is wrong, for the end of a sentence that begins with the field's name.
type Problem = String;

struct Url<'a> {
    secure: bool,
    user: bool,
    host: &'a str,
    /// Host and port.
    address: &'a str,
    path: &'a str,
    query_or_fragment: bool,
}

impl<'a> Url<'a> {
    fn read(text: &'a str) -> Result<Self, Problem> {
        if text.contains(char::is_whitespace) {
            return Err("has white space in it, which a URL cannot have; remove it".to_owned());
        }
        let is_scheme = |scheme: &str| {
            !scheme.is_empty()
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        };
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
            _ => {
                let start = if is_loopback(text.split([':', '/']).next().unwrap_or_default()) {
                    "http"
                } else {
                    "https"
                };
                return Err(format!(
                    "is not an absolute URL; begin it with `{start}://`"
                ));
            }
        };
        if scheme != "https" && scheme != "http" {
            return Err(format!(
                "begins with `{scheme}://`; begin it with `https://`"
            ));
        }
        let (authority, rest) =
            rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        let path = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
        let address = authority
            .rsplit_once('@')
            .map_or(authority, |(_, address)| address);
        Ok(Self {
            secure: scheme == "https",
            user: address.len() != authority.len(),
            host: host(address)?,
            address,
            path,
            query_or_fragment: path.len() != rest.len(),
        })
    }

    /// A URL of a server, with nothing that could make two spellings of one.
    fn read_server(text: &'a str) -> Result<Self, Problem> {
        let url = Self::read(text)?;
        if !url.secure && !may_be_loopback(url.host) {
            return Err("must begin with `https://`; `http://` is for loopback addresses only, such as `http://localhost:3000`".to_owned());
        }
        if url.user {
            return Err(format!(
                "must not carry a user name or password; write `{}` alone behind `//`",
                url.address
            ));
        }
        if url.query_or_fragment {
            return Err(
                "must not have a query or a fragment; end it before the `?` or `#`".to_owned(),
            );
        }
        Ok(url)
    }
}

fn host(address: &str) -> Result<&str, Problem> {
    let (host, port) = match address.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (address, ""),
    };
    if host.is_empty() {
        return Err("has no host; write one behind `//`".to_owned());
    }
    if !port.is_empty() && (port.starts_with('+') || port.parse::<u16>().is_err()) {
        return Err(format!(
            "has `{port}` for a port; write a number up to 65535"
        ));
    }
    if let Some(inside) = host.strip_prefix('[') {
        let address = inside
            .strip_suffix(']')
            .and_then(|inside| inside.parse::<Ipv6Addr>().ok());
        return if address.is_some() {
            Ok(host)
        } else {
            Err(format!(
                "has `{host}` for a host, which is not an IPv6 address"
            ))
        };
    }
    // Braces are allowed in a URL, but no name has them: they come from a `format!` that is not there.
    let impossible = |character: char| character.is_control() || "<>[]^|{}:\"`".contains(character);
    if host.contains(impossible) {
        return Err(format!("has `{host}` for a host; write its real name"));
    }
    Ok(host)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

/// URLs know more spellings of an address than the standard library does, such as `127.1`.
fn may_be_loopback(host: &str) -> bool {
    if let Some(inside) = host.strip_prefix('[') {
        return inside
            .trim_end_matches(']')
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback());
    }
    let other_spelling = !host.is_ascii()
        || host.contains('%')
        || host
            .rsplit('.')
            .find(|label| !label.is_empty())
            .is_some_and(|label| label.starts_with(|first: char| first.is_ascii_digit()));
    is_loopback(host) || (other_spelling && host.parse::<Ipv4Addr>().is_err())
}

/// `x.authkit.app`, with or without a scheme.
pub(super) fn domain(text: &str) -> Result<(), Problem> {
    let absolute;
    let text = if text.contains("://") {
        text
    } else {
        absolute = format!("https://{text}");
        &absolute
    };
    let url = Url::read_server(text)?;
    if matches!(url.path, "" | "/") {
        return Ok(());
    }
    Err(format!(
        "must be a domain without a path; write `{}`",
        url.address
    ))
}

pub(super) fn base(text: &str) -> Result<(), Problem> {
    let url = Url::read_server(text)?;
    let path = url.path.trim_end_matches('/');
    if path.is_empty()
        || path
            .split('/')
            .skip(1)
            .all(|segment| matches!(segment, "." | "..") || is_plain(segment))
    {
        return Ok(());
    }
    Err(
        "must have only letters, digits, `-`, `.`, `_` and `~` between single slashes in its path"
            .to_owned(),
    )
}

pub(super) fn server(text: &str) -> Result<(), Problem> {
    Url::read_server(text).map(drop)
}

pub(super) fn document(text: &str) -> Result<(), Problem> {
    Url::read(text).map(drop)
}

pub(super) fn path(text: &str) -> Result<(), Problem> {
    if !text.starts_with('/') {
        return Err(format!("must begin with `/`; write `/{text}`"));
    }
    if text == "/" {
        return Ok(());
    }
    let without = text.trim_end_matches('/');
    if without.len() != text.len() {
        let instead = if without.is_empty() { "/" } else { without };
        return Err(format!("must not end with `/`; write `{instead}`"));
    }
    if !text
        .split('/')
        .skip(1)
        .all(|segment| !matches!(segment, "." | "..") && is_plain(segment))
    {
        return Err(
            "must have only letters, digits, `-`, `.`, `_` and `~` between single slashes"
                .to_owned(),
        );
    }
    if text.starts_with("/.well-known") || text == "/healthz" {
        return Err(
            "is a path that the library serves itself; write another, such as `/mcp`".to_owned(),
        );
    }
    Ok(())
}

fn is_plain(segment: &str) -> bool {
    !segment.is_empty()
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
