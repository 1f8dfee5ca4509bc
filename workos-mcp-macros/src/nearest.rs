//! The name that somebody meant who wrote another.

/// The name that is most like what was written, if any is.
pub(crate) fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (likeness(written, name), name))
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        // Where darling draws the line.
        .filter(|(likeness, _)| *likeness > 0.8)
        .map(|(_, name)| name)
}

/// Without case and underscores: the names of xmcp's plugin are `apiKey`, `baseURL` and the like.
fn likeness(written: &str, name: &str) -> f64 {
    let plain = |name: &str| name.to_ascii_lowercase().replace('_', "");
    strsim::jaro_winkler(&plain(written), &plain(name))
}
