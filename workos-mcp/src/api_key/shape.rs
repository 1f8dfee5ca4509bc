//! What a WorkOS API key looks like. Nothing else is ever sent to WorkOS.

/// Nothing as short is a secret.
const SHORTEST: usize = 16;
/// Those of WorkOS are about a third as long.
const LONGEST: usize = 256;

/// The shape in words.
pub(crate) const SHAPE: &str = "`sk_` and letters, digits and underscores, 16 to 256 bytes";

/// Whether this may be an API key. No access token is: those have dots.
pub(super) fn is_key(bearer: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&bearer.len())
        && begins_like_a_key(bearer)
        && bearer.bytes().all(is_of_a_key)
}

/// Whether somebody took this for an API key. No access token is: those begin with the code of a `{`.
pub(super) fn begins_like_a_key(bearer: &str) -> bool {
    bearer.starts_with("sk_")
}

/// Whether a key of this value can be shown in this way, such as `sk_...c0de`.
///
/// The characters that stand for what is left out are none of a key's. What says nothing about the value fits any.
pub(super) fn is_shown_as(bearer: &str, obfuscated: &str) -> bool {
    let is_mask = |character: char| !u8::try_from(character).is_ok_and(is_of_a_key);
    let (Some((head, _)), Some((_, tail))) = (
        obfuscated.split_once(is_mask),
        obfuscated.rsplit_once(is_mask),
    ) else {
        return true;
    };
    bearer.starts_with(head) && bearer.ends_with(tail)
}

fn is_of_a_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sk_and_letters_digits_and_underscores() {
        let longest = format!("sk_{}", "a".repeat(253));
        for key in ["sk_example_1234567890abcdef", "sk_0123456789abc", &longest] {
            assert!(is_key(key), "{key}");
        }
        let too_long = format!("{longest}a");
        for other in [
            "",
            "sk_",
            "sk_0123456789ab",
            "sk-0123456789abcdef",
            "SK_0123456789abcdef",
            "xsk_0123456789abcdef",
            "sk_0123456789.abcdef",
            "sk_0123456789abcdef=",
            "sk_0123456789/abcdef",
            "sk_0123456789-abcdef",
            "sk_0123456789ä12345",
            "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
            &too_long,
        ] {
            assert!(!is_key(other), "{other}");
        }
    }

    #[test]
    fn the_shape_in_words_is_the_shape() {
        assert!(SHAPE.ends_with(&format!("{SHORTEST} to {LONGEST} bytes")));
    }

    #[test]
    fn an_obfuscated_value_must_be_that_of_the_key() {
        let key = "sk_example_1234567890abcdef";
        for shown in [
            "sk_...cdef",
            "sk_…cdef",
            "sk_****************cdef",
            "...cdef",
            "sk_exam...",
            "sk_example_1234567890abcdef",
            "hidden",
            "",
        ] {
            assert!(is_shown_as(key, shown), "{shown}");
        }
        for shown in ["sk_...0000", "pk_...cdef", "sk_…0000", "sk_ex..."] {
            let fits = is_shown_as("sk_another_234567890abcdef", shown);
            assert!(!fits, "{shown}");
        }
    }
}
