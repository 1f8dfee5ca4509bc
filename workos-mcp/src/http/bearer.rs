//! The bearer token of a request, taken from the one place where it may stand.

use http::{HeaderMap, HeaderValue, Uri, header::AUTHORIZATION};

/// What a request presents as credentials. Without `Debug`, so that no log can have the token by way of it.
#[derive(PartialEq, Eq)]
pub(super) enum Credentials {
    /// None at all.
    None,
    /// Of a scheme or in a place that is not ours: no credentials, but not nobody's request either.
    Foreign,
    /// More than one, or not of the form `Bearer <token>`.
    Malformed,
    /// Something that may be a token, or else [`text`] says that it is malformed.
    Bearer(Bearer),
}

/// What is presented as a token.
#[derive(PartialEq, Eq)]
pub(super) struct Bearer {
    /// With the scheme before it.
    value: HeaderValue,
    start: usize,
}

impl Bearer {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.value.as_bytes()[self.start..]
    }
}

/// Takes `Authorization: Bearer <token>` out of the headers ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
///
/// The scheme is compared without case and may be followed by several spaces. `in_query` is only there
/// to refuse a request that presents a token twice; a token in the query alone does not count.
///
/// A token has done its work then: nothing behind this may pass it on or log it.
pub(super) fn take_credentials(headers: &mut HeaderMap, in_query: bool) -> Credentials {
    let is_repeated = headers.get_all(AUTHORIZATION).iter().nth(1).is_some();
    let Some(value) = headers.remove(AUTHORIZATION) else {
        return if in_query {
            Credentials::Foreign
        } else {
            Credentials::None
        };
    };
    if is_repeated {
        return Credentials::Malformed;
    }
    let Some((scheme, rest)) = value.as_bytes().split_at_checked(b"bearer".len()) else {
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
    if spaces.is_empty() || spaces.iter().any(|byte| *byte != b' ') || in_query {
        return Credentials::Malformed;
    }
    let start = value.len() - token.len();
    Credentials::Bearer(Bearer { value, start })
}

/// What was presented as a token, if it has the form of one. A token that was verified before has it.
pub(super) fn text(bearer: &[u8]) -> Option<&str> {
    let bearer = is_token68(bearer).then_some(bearer)?;
    std::str::from_utf8(bearer).ok()
}

/// `token68` of [RFC 9110 §11.2](https://www.rfc-editor.org/rfc/rfc9110#section-11.2).
fn is_token68(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = &token[..token.len() - padding];
    // Without a way out of the loop, so that it runs over many bytes at once.
    !body.is_empty() && body.iter().fold(true, |all, byte| all & may_stand(*byte))
}

#[expect(
    clippy::needless_bitwise_bool,
    reason = "a branch would be one for each byte"
)]
const fn may_stand(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // `-`, `.`, `/` and the digits are neighbours.
    let low = byte.wrapping_sub(b'-') <= b'9' - b'-';
    letter | low | (byte == b'_') | (byte == b'~') | (byte == b'+')
}

/// Whether the query presents a token, where it does not belong.
pub(super) fn is_in_query(uri: &Uri) -> bool {
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
        match take_credentials(&mut headers, false) {
            Credentials::None => "None".to_owned(),
            Credentials::Foreign => "Foreign".to_owned(),
            Credentials::Malformed => "Malformed".to_owned(),
            Credentials::Bearer(token) => {
                let token = text(token.as_bytes());
                token.map_or("Malformed".to_owned(), |token| format!("Bearer {token}"))
            }
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

    #[test]
    fn a_token_is_of_the_characters_that_the_standard_names() {
        for byte in 0..=u8::MAX {
            let named = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
            assert_eq!(is_token68(&[b'a', byte, b'a']), named, "{byte}");
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
        assert!(is_in_query(&uri));
        assert!(take_credentials(&mut headers, true) == Credentials::Malformed);
        assert!(take_credentials(&mut HeaderMap::new(), true) == Credentials::Foreign);
    }
}
