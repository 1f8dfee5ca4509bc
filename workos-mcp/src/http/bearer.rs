//! The bearer token of a request, taken from the one place where it may stand.

use http::{HeaderMap, Uri, header::AUTHORIZATION};

/// What a request presents as credentials. Without `Debug`, so that no log can have the token by way of it.
#[derive(PartialEq, Eq)]
pub(super) enum Credentials<'a> {
    /// None at all.
    None,
    /// Of a scheme or in a place that is not ours: no credentials, but not nobody's request either.
    Foreign,
    /// More than one, or not of the form `Bearer <token>`.
    Malformed,
    Bearer(&'a str),
}

/// Reads `Authorization: Bearer <token>` ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
///
/// The scheme is compared without case and may be followed by several spaces. The query is only looked at
/// to refuse a request that presents a token twice; a token in the query alone does not count.
pub(super) fn credentials<'a>(headers: &'a HeaderMap, uri: &Uri) -> Credentials<'a> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return if in_query(uri) {
            Credentials::Foreign
        } else {
            Credentials::None
        };
    };
    if values.next().is_some() {
        return Credentials::Malformed;
    }
    let value = value.as_bytes();
    let Some((scheme, rest)) = value.split_at_checked(b"bearer".len()) else {
        return Credentials::Foreign;
    };
    // `BearerX` is another scheme; `Bearer` followed by anything but a space is ours, badly written.
    let other_scheme = rest
        .first()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte));
    if !scheme.eq_ignore_ascii_case(b"bearer") || other_scheme {
        return Credentials::Foreign;
    }
    let token = rest.trim_ascii_start();
    let spaces = &rest[..rest.len() - token.len()];
    if spaces.is_empty()
        || spaces.iter().any(|byte| *byte != b' ')
        || !is_token68(token)
        || in_query(uri)
    {
        return Credentials::Malformed;
    }
    match std::str::from_utf8(token) {
        Ok(token) => Credentials::Bearer(token),
        Err(_) => Credentials::Malformed,
    }
}

/// `token68` of [RFC 9110 §11.2](https://www.rfc-editor.org/rfc/rfc9110#section-11.2).
fn is_token68(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = &token[..token.len() - padding];
    !body.is_empty()
        && body
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte))
}

fn in_query(uri: &Uri) -> bool {
    uri.query().is_some_and(|query| {
        url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token")
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(values: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                AUTHORIZATION,
                HeaderValue::from_bytes(value).unwrap_or_else(|_| HeaderValue::from_static("")),
            );
        }
        match credentials(&headers, &Uri::from_static("/mcp")) {
            Credentials::None => "None".to_owned(),
            Credentials::Foreign => "Foreign".to_owned(),
            Credentials::Malformed => "Malformed".to_owned(),
            Credentials::Bearer(token) => format!("Bearer {token}"),
        }
    }

    // Attacks: 31, 32.
    #[test]
    fn no_header_and_other_schemes_are_no_credentials() {
        assert_eq!(read(&[]), "None");
        for value in ["foo", "Basic YTpi", "Digest x", "BearerX abc", "Bear", ""] {
            assert_eq!(read(&[value.as_bytes()]), "Foreign", "{value}");
        }
    }

    // Attacks: 34.
    #[test]
    fn the_scheme_is_compared_without_case_and_may_be_followed_by_spaces() {
        for value in ["Bearer a.b-c", "bearer a.b-c", "BEARER   a.b-c"] {
            assert_eq!(read(&[value.as_bytes()]), "Bearer a.b-c", "{value}");
        }
    }

    // Attacks: 33.
    #[test]
    fn a_bearer_without_one_clean_token_is_malformed() {
        for value in [
            &b"Bearer"[..],
            b"Bearer ",
            b"Bearer a b",
            b"Bearer\tx",
            b"Bearer a,",
            b"Bearer a, Bearer b",
            b"Bearer \xffx",
            b"Bearer =",
            b"Bearer a=b",
            b"Bearer \"a\"",
        ] {
            assert_eq!(read(&[value]), "Malformed", "{value:?}");
        }
    }

    // Attacks: 17.
    #[test]
    fn two_headers_are_malformed() {
        assert_eq!(read(&[b"Bearer a", b"Bearer a"]), "Malformed");
        assert_eq!(read(&[b"Basic a", b"Bearer a"]), "Malformed");
    }

    // Attacks: 16, 17.
    #[test]
    fn a_token_in_header_and_query_is_malformed() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        let uri = Uri::from_static("/mcp?x=1&access%5Ftoken=a");
        assert!(credentials(&headers, &uri) == Credentials::Malformed);
        assert!(credentials(&HeaderMap::new(), &uri) == Credentials::Foreign);
    }
}
