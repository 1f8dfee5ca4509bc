//! Which resources a rule is for.

use super::resource_uri::{ResourceUri, as_path, decodings, lower_case, plain};

/// A URI, or a URI template in which each expression in braces stands for any text.
///
/// It matches rather too much than too little: what it does not match has no rule. So letter case, percent-encoding,
/// dot segments, empty segments, user, port, query and fragment make no difference, since a handler may see through
/// each of them.
#[derive(Clone, Debug)]
pub(crate) struct UriPattern {
    /// The template as it was written, and as each decoding leaves it.
    spellings: Vec<Literals>,
}

/// The text between the expressions, in lower case; one more than there are expressions.
type Literals = Vec<String>;

impl UriPattern {
    pub(crate) fn parse(template: &str) -> Result<Self, String> {
        let literals = parts(template)?.literals();
        let mut spellings: Vec<Literals> = vec![Vec::new()];
        for (place, literal) in literals.into_iter().enumerate() {
            let decoded = decodings(literal).ok_or_else(|| {
                format!("has `{template}`, which is percent-encoded too often; write it decoded")
            })?;
            while spellings.len() < decoded.len() {
                spellings.extend(spellings.last().cloned());
            }
            let last = decoded.len() - 1;
            for (times, spelling) in spellings.iter_mut().enumerate() {
                // Half a character would be another one beside the text of an expression.
                let Ok(text) = std::str::from_utf8(&decoded[times.min(last)]) else {
                    return Err(format!("has `{template}`, which is not UTF-8"));
                };
                spelling.truncate(place);
                spelling.push(lower_case(text));
            }
        }
        // A template with expressions has no path that could be walked.
        if let [literals, ..] = &*spellings
            && let [whole] = &**literals
        {
            let walked = std::iter::once(plain(whole)).chain(as_path(whole));
            let walked: Vec<_> = walked.map(|spelling| vec![spelling]).collect();
            spellings.extend(walked);
        }
        Ok(Self { spellings })
    }

    pub(crate) fn matches(&self, uri: &ResourceUri) -> bool {
        match uri {
            ResourceUri::Anything => true,
            ResourceUri::Spelled(uris) => self
                .spellings
                .iter()
                .any(|literals| uris.iter().any(|uri| fit(literals, uri))),
        }
    }
}

/// A template, taken apart.
pub(super) struct Parts<'t> {
    /// The text before the first expression.
    pub(super) start: &'t str,
    /// What stands in braces, and the text behind it.
    pub(super) expressions: Vec<(&'t str, &'t str)>,
}

impl<'t> Parts<'t> {
    fn literals(&self) -> Vec<&'t str> {
        std::iter::once(self.start)
            .chain(self.expressions.iter().map(|(_, behind)| *behind))
            .collect()
    }
}

/// Takes a template apart, or says what is wrong with it.
pub(super) fn parts(template: &str) -> Result<Parts<'_>, String> {
    let mut opened = template.split('{');
    let start = opened.next().unwrap_or_default();
    let mut expressions = Vec::new();
    for part in opened {
        let Some((expression, behind)) = part.split_once('}') else {
            return Err(format!(
                "has `{template}`, which opens a brace and does not close it"
            ));
        };
        if expression.is_empty() {
            return Err(format!(
                "has `{template}`, in which an expression has no name"
            ));
        }
        expressions.push((expression, behind));
    }
    let parts = Parts { start, expressions };
    let literals = parts.literals();
    if literals.iter().any(|literal| literal.contains('}')) {
        return Err(format!(
            "has `{template}`, which closes a brace that it did not open"
        ));
    }
    if literals.iter().any(|literal| literal.contains('*')) {
        return Err(format!(
            "has `{template}`, in which `*` would stand for itself; write an expression such as `{{name}}`, which stands for any text"
        ));
    }
    if literals.iter().all(|literal| literal.is_empty()) {
        return Err(format!(
            "has `{template}`, which is not a URI; for every resource, use `require`"
        ));
    }
    Ok(parts)
}

fn fit(literals: &[String], uri: &str) -> bool {
    let Some((first, others)) = literals.split_first() else {
        return false;
    };
    let Some((last, between)) = others.split_last() else {
        return uri == first;
    };
    let Some(mut rest) = uri
        .strip_prefix(first.as_str())
        .and_then(|rest| rest.strip_suffix(last.as_str()))
    else {
        return false;
    };
    for literal in between {
        match rest.split_once(literal.as_str()) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(template: &str, uri: &str) -> bool {
        UriPattern::parse(template)
            .unwrap()
            .matches(&ResourceUri::read(uri))
    }

    #[test]
    fn a_uri_matches_itself_however_it_is_spelled() {
        for uri in [
            "docs://team/plan",
            "DOCS://Team/plan",
            "docs://team/%70lan",
            "docs://team/%2570lan",
            "docs://team/x/../plan",
            "docs://team/./plan",
            "docs://team/x/%2E%2E/plan",
            "docs://team/x/%252e%252e/plan",
            "docs://team/x/%252e./pl%61n",
            "docs://team/plan?x",
            "docs://team/plan#f",
            "docs://team/plan/",
            "docs://team//plan",
            "docs://u@team/plan",
            "docs://team:1/plan",
            "docs://team\\plan",
            "docs://team/plan%00",
            "docs://team/plan%20",
            "docs://team/x%2f..%5cplan",
            "docs://./team/plan",
            "docs:///team/plan",
            "docs:////team/plan",
            "docs://public/../team/plan",
        ] {
            assert!(matches("docs://team/plan", uri), "{uri}");
        }
        for uri in ["docs://team/plans", "docs://team", "xdocs://team/plan", ""] {
            assert!(!matches("docs://team/plan", uri), "{uri}");
        }
    }

    #[test]
    fn a_rule_for_a_folder_is_not_walked_past() {
        for uri in [
            "file:///srv/public/..%2fsecret/plan",
            "file:///srv/public/%2e%2e%2fsecret/plan",
            "file:///srv//secret/plan",
            "file://localhost/../srv/secret/plan",
        ] {
            let walked = matches("file:///srv/secret/{+path}", uri);
            let elsewhere = matches("file://localhost/srv/secret/{+path}", uri);
            assert!(walked || elsewhere, "{uri}");
        }
        for uri in [
            "docs://./team/plan",
            "docs:///team/plan",
            "docs://public/../team/plan",
        ] {
            assert!(matches("docs://team/{+path}", uri), "{uri}");
        }
        assert!(matches("https://h:443/x", "https://h/x"));
        assert!(matches("https://h", "https://h/"));
        assert!(!matches("https://h/x", "https://h/y"));
    }

    #[test]
    fn an_expression_stands_for_any_text() {
        for uri in ["docs://7", "docs://", "docs://a/b?c#d", "docs://{id}"] {
            assert!(matches("docs://{id}", uri), "{uri}");
        }
        assert!(matches("db://{org}/rows/{+row}", "db://acme/rows/1/2"));
        assert!(!matches("db://{org}/rows/{+row}", "db://acme/columns/1"));
        assert!(!matches("a{x}ba", "aba_"));
        assert!(!matches("ab{x}ba", "aba"));
    }

    #[test]
    fn a_literal_is_found_whatever_stands_beside_it() {
        // What an expression stands for may complete an encoding, or change how a sigma is written.
        assert!(matches("docs://100%25{x}", "docs://100%2541"));
        assert!(matches("docs://100%{x}", "docs://100%41"));
        assert!(matches("docs://{x}41", "docs://%41"));
        assert!(matches("docs://{x}Σ", "docs://ΑΣ"));
        assert!(matches("docs://{x}Σ", "docs://%CE%91%CE%A3"));
        assert!(matches("docs://é{x}", "docs://%25C3%25A9"));
    }

    #[test]
    fn what_is_encoded_without_end_matches_everything() {
        assert!(matches("docs://team/plan", "docs://team/%252525252525"));
    }

    #[test]
    fn what_is_no_template_is_told() {
        for template in [
            "docs://%C3{x}",
            "docs://id}/{x}",
            "docs://%252525252525",
            "docs://{id",
            "docs://id}",
            "docs://{}",
            "docs://{a{b}}",
            "{x}",
            "",
        ] {
            assert!(UriPattern::parse(template).is_err(), "{template}");
        }
    }
}
