//! Identifiers that look like those of WorkOS.

use ulid::Ulid;

/// `user_01K…`, `org_01K…`, `client_01K…`
pub(crate) fn with_prefix(prefix: &str) -> String {
    format!("{prefix}_{}", Ulid::generate())
}

/// Token ids and authorization codes are bare ULIDs at AuthKit.
pub(crate) fn bare() -> String {
    Ulid::generate().to_string()
}

/// 64 hexadecimal characters, the shape of a Connect application's client secret.
pub(crate) fn secret() -> String {
    format!(
        "{:032x}{:032x}",
        rand::random::<u128>(),
        rand::random::<u128>()
    )
}
