//! What a resource's URI may come to mean to a handler.

use std::borrow::Cow;

use percent_encoding::percent_decode;
use url::Url;

/// How often a handler may decode a URI. What is encoded more often is nobody's honest name of anything.
const DECODINGS: usize = 4;

/// The longest URI that is read. Decoding goes over it several times.
const BYTES: usize = 8 * 1024;

/// The URI that a client names, in every spelling that a handler may see in it.
pub(crate) enum ResourceUri {
    /// In lower case: as it came, and as each decoding leaves it, with dot segments and without.
    Spelled(Vec<String>),
    /// Too long, or encoded too often, for its spellings to be told.
    Anything,
}

impl ResourceUri {
    pub(crate) fn read(uri: &str) -> Self {
        Self::spellings(uri).map_or(Self::Anything, Self::Spelled)
    }

    fn spellings(uri: &str) -> Option<Vec<String>> {
        if uri.len() > BYTES {
            return None;
        }
        let mut spellings = Vec::new();
        for decoded in decodings(uri)? {
            let text = String::from_utf8_lossy(&decoded);
            let normal = Url::parse(&text).map(String::from).unwrap_or_default();
            // Taking dot segments out may bring others to the end of an encoding, and encodes what a URL cannot have.
            if !normal.is_empty() && *normal != *text {
                for decoded in decodings(&normal)? {
                    spellings.push(lower_case(&String::from_utf8_lossy(&decoded)));
                }
            }
            spellings.push(lower_case(&text));
        }
        for text in spellings.clone() {
            spellings.push(plain(&text));
            spellings.extend(as_path(&text));
        }
        spellings.sort_unstable();
        spellings.dedup();
        Some(spellings)
    }
}

/// What is left for a handler that looks at no more than scheme, host and path, and walks the path as a file system
/// does: without user and port, query and fragment, empty and dot segments.
pub(super) fn plain(uri: &str) -> String {
    let uri = without_end(uri);
    let (scheme, rest) = uri.split_once("://").unwrap_or(("", &uri));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    let path = walked(path);
    let separator = if uri.contains("://") { "://" } else { "" };
    let slash = if path.is_empty() { "" } else { "/" };
    format!("{scheme}{separator}{host}{slash}{path}")
}

/// What is left for a handler that takes all behind the scheme for a path, with or without a root before it.
pub(super) fn as_path(uri: &str) -> Vec<String> {
    let uri = without_end(uri);
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Vec::new();
    };
    let path = walked(rest);
    vec![format!("{scheme}://{path}"), format!("{scheme}:///{path}")]
}

fn without_end(uri: &str) -> String {
    let uri = uri.replace('\\', "/");
    let end = uri.find(['?', '#', '\0']).unwrap_or(uri.len());
    uri[..end].trim_end().to_owned()
}

/// A path as a file system walks it.
fn walked(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    segments.join("/")
}

/// The text, and what each decoding leaves of it; `None` where there is no end to that.
pub(super) fn decodings(text: &str) -> Option<Vec<Vec<u8>>> {
    let mut decodings = vec![text.as_bytes().to_vec()];
    loop {
        // Undecodable bytes stay as they are: the next decoding may complete them.
        let decoded = match decodings.last().map(|last| percent_decode(last).into()) {
            Some(Cow::Owned(decoded)) => decoded,
            Some(Cow::Borrowed(_)) | None => return Some(decodings),
        };
        if decodings.len() > DECODINGS {
            return None;
        }
        decodings.push(decoded);
    }
}

/// Letter by letter, so that a text in lower case is its parts in lower case. That of `str` looks at a sigma's
/// neighbours.
pub(super) fn lower_case(text: &str) -> String {
    let letters = text.chars().flat_map(char::to_lowercase);
    letters
        .map(|letter| if letter == 'ς' { 'σ' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_without_end_is_given_up_at_once() {
        // Undone one after the other, these would take hours.
        let deep = format!("docs://%{}41", "25".repeat(BYTES / 4));
        assert!(matches!(ResourceUri::read(&deep), ResourceUri::Anything));
        let long = format!("docs://{}", "x".repeat(BYTES));
        assert!(matches!(ResourceUri::read(&long), ResourceUri::Anything));
        let often = "docs://%252525252541";
        assert!(matches!(ResourceUri::read(often), ResourceUri::Anything));
        assert!(matches!(
            ResourceUri::read("docs://%25252541"),
            ResourceUri::Spelled(_)
        ));
    }
}
