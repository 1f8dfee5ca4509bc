//! Which resources a rule is for.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::Url;

/// A URI, or a URI template in which each expression in braces stands for any text.
///
/// It matches rather too much than too little: what it does not match has no rule. So letter case, percent-encoding
/// and dot segments make no difference, since a handler may see through all three.
#[derive(Clone, Debug)]
pub(crate) struct UriPattern {
    /// The text between the expressions, lower-case and decoded; one more than there are expressions.
    literals: Vec<String>,
}

impl UriPattern {
    pub(crate) fn parse(template: &str) -> Result<Self, String> {
        let mut literals = Vec::new();
        let mut rest = template;
        while let Some((literal, behind)) = rest.split_once('{') {
            let Some((expression, behind)) = behind.split_once('}') else {
                return Err(format!(
                    "has `{template}`, which opens a brace and does not close it"
                ));
            };
            if expression.is_empty() || expression.contains('{') {
                return Err(format!(
                    "has `{template}`, in which an expression has no name"
                ));
            }
            literals.push(folded(literal));
            rest = behind;
        }
        if rest.contains('}') {
            return Err(format!(
                "has `{template}`, which closes a brace that it did not open"
            ));
        }
        literals.push(folded(rest));
        if literals.iter().all(String::is_empty) {
            return Err(format!(
                "has `{template}`, which is not a URI; for every resource, use `require`"
            ));
        }
        Ok(Self { literals })
    }

    pub(crate) fn matches(&self, uri: &str) -> bool {
        let normal = Url::parse(uri).map(String::from);
        std::iter::once(uri)
            .chain(normal.as_deref().ok())
            .any(|uri| self.matches_folded(&folded(uri)))
    }

    fn matches_folded(&self, uri: &str) -> bool {
        let Some((first, others)) = self.literals.split_first() else {
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
}

/// Decoded until nothing is left to decode: how often a handler decodes is not known here.
fn folded(uri: &str) -> String {
    let mut folded = uri.to_lowercase();
    loop {
        let decoded = match percent_decode_str(&folded).decode_utf8_lossy() {
            Cow::Borrowed(_) => return folded,
            Cow::Owned(decoded) => decoded.to_lowercase(),
        };
        if decoded == folded {
            return folded;
        }
        folded = decoded;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(template: &str, uri: &str) -> bool {
        UriPattern::parse(template).unwrap().matches(uri)
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
        ] {
            assert!(matches("docs://team/plan", uri), "{uri}");
        }
        for uri in ["docs://team/plans", "docs://team", "xdocs://team/plan", ""] {
            assert!(!matches("docs://team/plan", uri), "{uri}");
        }
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
    fn what_is_no_template_is_told() {
        for template in [
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
