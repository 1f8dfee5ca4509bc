//! What holds of whatever stands where a URI template, a URI, or a rule should.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{ResourceUri, UriPattern};

/// Lines: a URI template, a URI, and what the template's expressions stand for.
pub(crate) fn uri_pattern(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    let mut lines = input.split('\n');
    let template = lines.next().unwrap_or_default();
    let uri = lines.next().unwrap_or_default();
    let values: Vec<_> = lines.collect();
    let Ok(pattern) = UriPattern::parse(template) else {
        return;
    };
    let expanded = expanded(template, &values);
    for spelling in [
        expanded.clone(),
        expanded.to_ascii_uppercase(),
        encoded(&expanded),
        encoded(&encoded(&expanded)),
    ] {
        assert!(
            pattern.matches(&ResourceUri::read(&spelling)),
            "{template:?} does not match {spelling:?}"
        );
    }
    let matches = pattern.matches(&ResourceUri::read(uri));
    // Where nothing can be spelled in two ways, and a pattern is what a shell has.
    let is_plain = |text: &str| {
        text.bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'{' | b'}'))
    };
    if is_plain(template) && is_plain(uri) && uri.len() < 64 {
        assert_eq!(matches, is_expansion(template, uri), "{template:?} {uri:?}");
    }
}

/// The template with the values in its expressions' places, the last value in all that are left.
fn expanded(template: &str, values: &[&str]) -> String {
    let mut expanded = String::new();
    let mut values = values.iter();
    let mut value = "";
    let mut rest = template;
    while let Some((literal, behind)) = rest.split_once('{') {
        value = values.next().unwrap_or(&value);
        expanded += literal;
        expanded += value;
        rest = behind.split_once('}').unwrap_or_default().1;
    }
    expanded + rest
}

/// Step by step: the places in the URI where what was read of the template may end.
fn is_expansion(template: &str, uri: &str) -> bool {
    let mut ends = BTreeSet::from([0]);
    let mut rest = template.chars();
    while let Some(letter) = rest.next() {
        ends = if letter == '{' {
            rest.by_ref().find(|letter| *letter == '}');
            let first = ends.first().copied();
            first
                .into_iter()
                .flat_map(|first| first..=uri.len())
                .collect()
        } else {
            let ends = ends
                .into_iter()
                .filter(|end| uri[*end..].starts_with(letter));
            ends.map(|end| end + 1).collect()
        };
    }
    ends.contains(&uri.len())
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
