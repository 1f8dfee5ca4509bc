//! Which resources are for everybody.

use super::uri_pattern::{Parts, parts};

/// A URI, or a URI template, that opens what it names.
///
/// It names rather too little than too much: what it does not name needs a token. So it is taken to the letter, and what an
/// expression stands for can neither leave its place in the path nor be spelled so that a handler reads something else.
#[derive(Clone, Debug)]
pub(crate) struct PublicUri {
    template: Box<str>,
    /// The text before the first expression.
    start: Box<str>,
    /// Each expression, and the text behind it.
    expressions: Box<[Expression]>,
}

#[derive(Clone, Debug)]
struct Expression {
    /// `{+name}` and `{/name}` go over several segments
    /// ([RFC 6570 §3.2](https://www.rfc-editor.org/rfc/rfc6570#section-3.2)).
    spans_segments: bool,
    behind: Box<str>,
}

/// The longest URI that is read.
const BYTES: usize = 8 * 1024;

impl PublicUri {
    pub(crate) fn parse(template: &str) -> Result<Self, String> {
        let Parts {
            start, expressions, ..
        } = parts(template)?;
        Ok(Self {
            template: template.into(),
            start: start.into(),
            expressions: expressions
                .into_iter()
                .map(|(expression, behind)| Expression {
                    spans_segments: expression.starts_with(['+', '/']),
                    behind: behind.into(),
                })
                .collect(),
        })
    }

    pub(crate) fn names(&self, uri: &str) -> bool {
        // A template is listed, and completed, as it is written.
        uri == &*self.template || (uri.len() <= BYTES && self.fits(uri).is_some())
    }

    fn fits(&self, uri: &str) -> Option<()> {
        let mut rest = uri.strip_prefix(&*self.start)?;
        let Some((last, others)) = self.expressions.split_last() else {
            return rest.is_empty().then_some(());
        };
        for expression in others {
            let (text, behind) = rest.split_once(&*expression.behind)?;
            expression.may_be(text).then_some(())?;
            rest = behind;
        }
        let text = rest.strip_suffix(&*last.behind)?;
        last.may_be(text).then_some(())
    }
}

impl Expression {
    fn may_be(&self, text: &str) -> bool {
        let is_plain = |character: char| {
            !character.is_control()
                && !character.is_whitespace()
                && !matches!(character, '%' | '\\' | '?' | '#')
        };
        let is_name = |segment: &str| !matches!(segment, "" | "." | "..");
        text.chars().all(is_plain)
            && text.split('/').all(is_name)
            && (self.spans_segments || !text.contains('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(template: &str, uri: &str) -> bool {
        PublicUri::parse(template).unwrap().names(uri)
    }

    #[test]
    fn what_it_names_it_names() {
        for (template, uri) in [
            ("docs://rules", "docs://rules"),
            ("docs://{page}", "docs://rules"),
            ("docs://{page}", "docs://{page}"),
            ("docs://{book}/{page}", "docs://rules/7"),
            ("docs://{book}/pages/{page}.md", "docs://rules/pages/7.md"),
            ("file:///srv/public/{+path}", "file:///srv/public/a/b.txt"),
            ("report://view?id=public", "report://view?id=public"),
        ] {
            assert!(names(template, uri), "{template} {uri}");
        }
    }

    // Attacks: 21, 23.
    #[test]
    fn what_it_does_not_name_it_does_not_open() {
        let long = format!("docs://{}", "x".repeat(BYTES));
        for (template, uri) in [
            ("docs://{page}", "ledger://2026"),
            ("docs://{page}", "docs://"),
            ("docs://{page}", "docs://a/b"),
            ("docs://{page}", "docs://a?b"),
            ("docs://{page}", "docs://a#b"),
            ("docs://{page}", "docs://a%2fb"),
            ("docs://{page}", "docs://a\\b"),
            ("docs://{page}", "docs://a b"),
            ("docs://{page}", "docs://a\u{0}"),
            ("docs://{page}", "docs://.."),
            ("docs://{page}", "DOCS://rules"),
            ("docs://{page}", &long),
            ("docs://Rules", "docs://rules"),
            ("docs://rules", "docs://rules?x"),
            ("docs://rules", "docs://rules/"),
            ("report://view?id=public", "report://view?id=secret"),
            ("report://view?id=public", "report://view"),
            ("file:///srv/public/{+path}", "file:///srv/public/../secret"),
            (
                "file:///srv/public/{+path}",
                "file:///srv/public/a/../../secret",
            ),
            ("file:///srv/public/{+path}", "file:///srv/public/./a"),
            (
                "file:///srv/public/{+path}",
                "file:///srv/public//etc/passwd",
            ),
            (
                "file:///srv/public/{+path}",
                "file:///srv/public/..%2fsecret",
            ),
            ("docs://{a}{b}", "docs://ab"),
        ] {
            assert!(!names(template, uri), "{template} {uri:.60}");
        }
    }
}
