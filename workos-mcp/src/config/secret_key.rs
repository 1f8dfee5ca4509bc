//! A secret key that somebody put into the wrong field must neither be taken nor repeated.

/// WorkOS's secret keys begin with `sk_`.
pub(super) fn is_secret_key(value: &str) -> bool {
    value.starts_with("sk_")
}

/// The value as a message about it may show it.
pub(super) fn shown(value: &str) -> String {
    if value.contains("sk_") {
        "a secret key of WorkOS, it seems".to_owned()
    } else {
        format!("{value:?}")
    }
}
