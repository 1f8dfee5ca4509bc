//! What holds of whatever a stranger sends in a header, and of whatever AuthKit's metadata says.
#![allow(
    clippy::unwrap_used,
    reason = "what must not fail is what is checked here"
)]

use http::{
    HeaderMap, HeaderValue, Uri,
    header::{AUTHORIZATION, HOST, ORIGIN},
};
use percent_encoding::percent_decode_str;
use url::Url;

use super::{
    bearer::{Credentials, is_in_query, take_credentials, text},
    host, mirror,
    session_tag::{self, SESSION_ID},
};
use crate::{Principal, Provider, Session, bound_id::BoundIds, principal::VerifiedClaims};

/// Lines are values of `Authorization`; one that begins with `?` is the query.
pub(crate) fn bearer(input: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut uri = Uri::from_static("/mcp");
    for line in input.split(|byte| *byte == b'\n') {
        if line.starts_with(b"?") {
            let path_and_query = [b"/mcp", line].concat();
            if let Ok(named) = Uri::try_from(path_and_query) {
                uri = named;
            }
        } else if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(AUTHORIZATION, value);
        }
    }
    let mut left = headers.clone();
    let values: Vec<_> = headers.get_all(AUTHORIZATION).iter().collect();
    let expected = match &*values {
        [] if names_a_token(uri.query().unwrap_or_default()) => Read::Foreign,
        [] => Read::None,
        [value] => expected(value.as_bytes(), uri.query().unwrap_or_default()),
        _ => Read::Malformed,
    };
    let read = match take_credentials(&mut left, is_in_query(&uri)) {
        Credentials::None => Read::None,
        Credentials::Foreign => Read::Foreign,
        Credentials::Malformed => Read::Malformed,
        // The form of a token is looked at later, when it is not known.
        Credentials::Bearer(bearer) => {
            text(bearer.as_bytes()).map_or(Read::Malformed, |token| Read::Bearer(token.to_owned()))
        }
    };
    assert!(read == expected, "{values:?} {uri}");
    assert!(!matches!(read, Read::Bearer(_)) || !left.contains_key(AUTHORIZATION));
}

#[derive(PartialEq)]
enum Read {
    None,
    Foreign,
    Malformed,
    Bearer(String),
}

/// RFC 9110 §11.4 read the long way: the scheme is a token, one or more spaces and a token68 follow.
fn expected(value: &[u8], query: &str) -> Read {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let scheme = value.iter().take_while(|byte| is_token(byte)).count();
    if !value[..scheme].eq_ignore_ascii_case(b"bearer") {
        return Read::Foreign;
    }
    let spaces = value[scheme..]
        .iter()
        .take_while(|byte| **byte == b' ')
        .count();
    let token = &value[scheme + spaces..];
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = &token[..token.len() - padding];
    let is_token68 = !body.is_empty()
        && body
            .iter()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/'));
    match std::str::from_utf8(token) {
        Ok(token) if spaces > 0 && is_token68 && !names_a_token(query) => {
            Read::Bearer(token.to_owned())
        }
        _ => Read::Malformed,
    }
}

fn names_a_token(query: &str) -> bool {
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
        percent_decode_str(&name).eq(*b"access_token")
    })
}

/// Lines: a value of `Host`, and values of `Origin`.
pub(crate) fn host(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    let Ok(named) = HeaderValue::from_bytes(lines.next().unwrap_or_default()) else {
        return;
    };
    headers.insert(HOST, named.clone());
    for origin in lines.filter_map(|line| HeaderValue::from_bytes(line).ok()) {
        headers.append(ORIGIN, origin);
    }
    let config = provider().config();
    let uri = Uri::from_static("/mcp");
    let check = host::check_host(&headers, &uri, &config.allowed_hosts)
        .and_then(|()| host::check_origin(&headers, &config.allowed_origins));
    let origins: Vec<_> = headers.get_all(ORIGIN).iter().collect();
    if check.is_err() {
        let is_ours = named.as_bytes().eq_ignore_ascii_case(b"mcp.example.com");
        let from_ours = |origin: &&HeaderValue| *origin == "https://app.example.com";
        assert!(!is_ours || origins.len() > 1 || !origins.iter().all(from_ours));
        return;
    }
    // What is let in, a browser takes for the same.
    let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
    let url = Url::parse(&format!("http://{}", text(&named))).unwrap();
    let hosts = ["mcp.example.com", "localhost", "127.0.0.1", "[::1]"];
    assert!(hosts.contains(&url.host_str().unwrap()), "{url}");
    assert_eq!((url.username(), url.path(), url.query()), ("", "/", None));
    assert!(origins.len() < 2);
    for origin in origins {
        let url = Url::parse(&text(origin)).unwrap();
        let is_app = url.origin().ascii_serialization() == "https://app.example.com";
        let is_local = url.scheme() == "http" && url.host_str() == Some("localhost");
        assert!(is_app || is_local, "{url}");
        assert_eq!((url.username(), url.path(), url.query()), ("", "/", None));
    }
}

/// Lines: a subject, an organization or nothing, a session id, and a header that somebody made up.
pub(crate) fn session_tag(input: &[u8]) {
    let mut lines = input.splitn(4, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let subject = String::from_utf8_lossy(line());
    let organization = String::from_utf8_lossy(line());
    let (id, forged) = (line(), line());
    let Ok(id) = HeaderValue::from_bytes(id) else {
        return;
    };
    let principal = principal(&subject, &organization);
    let named = |id: &HeaderValue| HeaderMap::from_iter([(SESSION_ID, id.clone())]);

    let mut headers = named(&id);
    session_tag::seal(tags(), &mut headers, &principal);
    let Some(sealed) = headers.get(SESSION_ID).cloned() else {
        assert!(id.to_str().is_err(), "only what is no text leaves no id");
        return;
    };
    assert_ne!(sealed, id);

    let opened = session_tag::open(tags(), &mut headers, &principal);
    assert!(opened.is_ok());
    assert_eq!(headers[SESSION_ID], id);

    let foreign = |header: &HeaderValue, principal: &Principal| {
        let mut headers = named(header);
        let opened = session_tag::open(tags(), &mut headers, principal);
        assert!(opened.is_err(), "{header:?}");
        // The id that rmcp would look up is not the bare one.
        assert_eq!(headers[SESSION_ID], *header);
    };
    // Whoever else comes, with the lengths of the parts shifted or not.
    for (other, elsewhere) in [
        (format!("{subject}x"), organization.to_string()),
        (subject.to_string(), format!("{organization}x")),
        (format!("{subject}{organization}"), String::new()),
        (String::new(), format!("{subject}{organization}")),
    ] {
        let other = self::principal(&other, &elsewhere);
        if other != principal {
            foreign(&sealed, &other);
        }
    }
    foreign(&id, &principal);
    if let Ok(forged) = HeaderValue::from_bytes(forged)
        && forged != sealed
    {
        foreign(&forged, &principal);
    }
    // Each check reads all of a long id, so not every place of one is tried.
    for place in (0..sealed.len()).step_by(sealed.len() / 64 + 1) {
        let mut bytes = sealed.as_bytes().to_vec();
        bytes[place] ^= 1;
        if let Ok(changed) = HeaderValue::from_bytes(&bytes) {
            foreign(&changed, &principal);
        }
    }
}

fn tags() -> &'static BoundIds {
    provider().bound_ids()
}

fn provider() -> &'static Provider {
    static PROVIDER: std::sync::OnceLock<Provider> = std::sync::OnceLock::new();
    PROVIDER.get_or_init(|| {
        Provider::builder()
            .authkit_domain("fearless-network-26.authkit.app")
            .base_url("https://mcp.example.com")
            .allowed_origins(["https://app.example.com", "http://localhost:*"])
            .api_key("sk_test_1")
            .build()
            .unwrap()
    })
}

fn principal(subject: &str, organization: &str) -> Principal {
    Principal::User(Session::new(VerifiedClaims {
        issuer: "https://fearless-network-26.authkit.app".into(),
        subject: subject.into(),
        session_id: None,
        organization_id: (!organization.is_empty()).then(|| organization.into()),
        client_id: None,
        scopes: Box::default(),
        role: None,
        roles: None,
        permissions: None,
        feature_flags: None,
        issued_at: 0,
        expires_at: 0,
        payload: "{}".into(),
    }))
}

/// What is relayed is what every reader takes for metadata of the issuer.
pub(crate) fn metadata(input: &[u8]) {
    const ISSUER: &str = "https://fearless-network-26.authkit.app";

    let relayed = mirror::check(input, ISSUER).is_ok();
    let Ok(document) = serde_json::from_slice::<serde_json::Value>(input) else {
        return;
    };
    let named = document.as_object().and_then(|object| object.get("issuer"));
    let is_ours = named.is_some_and(|issuer| issuer == ISSUER);
    assert!(is_ours || !relayed, "{document}");
    // The last member of a name is the only one that counts for most readers; two of them are refused.
    let once = input
        .windows(8)
        .filter(|window| window == b"\"issuer\"")
        .count()
        == 1;
    if is_ours && once && !input.contains(&b'\\') {
        assert!(relayed, "{document}");
    }
}
