//! Which scopes a scope stands for.
//!
//! A server must account for broader scopes that imply narrower ones when it decides whether a token is sufficient
//! ([MCP, scope challenge handling](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization)).

use std::collections::{HashMap, HashSet};

/// The broader scopes of each scope, those of the broader ones included.
#[derive(Debug, Default)]
pub(crate) struct ScopeHierarchy {
    broader: HashMap<String, Vec<String>>,
}

impl ScopeHierarchy {
    /// From pairs of a broader scope and one that it implies.
    pub(crate) fn new(pairs: &[(String, String)]) -> Self {
        let mut broader: HashMap<String, Vec<String>> = HashMap::new();
        for (_, narrow) in pairs {
            if broader.contains_key(narrow) {
                continue;
            }
            let mut found = Vec::new();
            let mut seen = HashSet::from([narrow.as_str()]);
            let mut next = vec![narrow.as_str()];
            while let Some(scope) = next.pop() {
                for (broad, _) in pairs.iter().filter(|(_, implied)| implied == scope) {
                    if seen.insert(broad) {
                        found.push(broad.clone());
                        next.push(broad);
                    }
                }
            }
            broader.insert(narrow.clone(), found);
        }
        Self { broader }
    }

    /// The scopes that imply this one.
    pub(crate) fn broader(&self, scope: &str) -> impl Iterator<Item = &str> {
        self.broader
            .get(scope)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Attacks: 10.
    #[test]
    fn what_a_narrower_scope_implies_is_implied_too_even_in_a_circle() {
        let pairs = [("admin", "write"), ("write", "read"), ("read", "admin")]
            .map(|(broad, narrow)| (broad.to_owned(), narrow.to_owned()));
        let hierarchy = ScopeHierarchy::new(&pairs);
        let mut broader: Vec<_> = hierarchy.broader("read").collect();
        broader.sort_unstable();
        assert_eq!(broader, ["admin", "write"]);
        assert_eq!(hierarchy.broader("other").next(), None);
    }
}
