//! What stands for a bearer token in a cache.
//!
//! A keyed 128-bit tag of the whole token. The key is drawn at start and never leaves, so nobody can make a token that hits
//! another's entry; and no bearer token stays in memory after its request.

use std::hash::{Hash, Hasher};

use aws_lc_rs::rand;
use siphasher::sip128::SipHasher24;

/// Makes the tags of one cache.
pub(crate) struct BearerTags {
    hasher: SipHasher24,
    are_secret: bool,
}

impl BearerTags {
    pub(crate) fn draw() -> Self {
        let mut key = [0; 16];
        let are_secret = rand::fill(&mut key).is_ok();
        Self {
            hasher: SipHasher24::new_with_key(&key),
            are_secret,
        }
    }

    /// Whether there was randomness to draw the key from. Without it a hit could be forged, so nothing may be remembered.
    pub(crate) fn are_secret(&self) -> bool {
        self.are_secret
    }

    pub(crate) fn of(&self, bearer: &str) -> BearerTag {
        BearerTag(self.hasher.hash(bearer.as_bytes()).into())
    }
}

/// Stands for one token, and cannot be made without the key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct BearerTag(u128);

impl Hash for BearerTag {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "half of a uniform tag is a uniform hash"
    )]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0 as u64);
    }
}
