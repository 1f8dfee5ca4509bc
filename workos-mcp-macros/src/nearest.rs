//! The name that somebody meant who wrote another.

/// The name that is most like what was written, if any is.
pub(crate) fn nearest<'a>(
    written: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    names
        .clone()
        .map(|name| (likeness(written, name), name))
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        // Where darling draws the line.
        .filter(|(likeness, _)| *likeness > 0.8)
        .map(|(_, name)| name)
        .or_else(|| only_with_word(written, names))
}

/// Without case and underscores: the names of xmcp's plugin are `apiKey`, `baseURL` and the like.
fn likeness(written: &str, name: &str) -> f64 {
    let plain = |name: &str| name.to_ascii_lowercase().replace('_', "");
    strsim::jaro_winkler(&plain(written), &plain(name))
}

/// `flag` for `feature_flag`: letter by letter they are far apart.
fn only_with_word<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut with_word = names.filter(|name| name.split('_').any(|word| word == written));
    let only = with_word.next()?;
    with_word.next().is_none().then_some(only)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_word_of_a_name_means_the_name_if_no_other_has_it() {
        let names = ["feature_flag", "feature_flags", "base_url", "docs_url"];
        for (written, meant) in [
            ("flag", Some("feature_flag")),
            ("flags", Some("feature_flags")),
            ("featureFlag", Some("feature_flag")),
            ("feature", Some("feature_flag")),
            ("url", None),
            ("baseURL", Some("base_url")),
            ("group", None),
        ] {
            let found = nearest(written, names.into_iter());
            assert_eq!(found, meant, "{written}");
        }
    }
}
