//! What stands for a bearer token in a cache.
//!
//! A keyed 128-bit tag of the whole token. The key is drawn at start and never leaves, so nobody can make a token that hits
//! another's entry; and no bearer token stays in memory after its request.
//!
//! `HighwayHash` ([Alakuijala, Cox, Wassenberg 2016](https://arxiv.org/abs/1612.06257)) is a keyed function for inputs that somebody
//! chooses to do harm, as `SipHash` is, and takes a third of its time for a token. As with `SipHash`, that nobody can do better than
//! guess is what its makers claim and nobody has refuted, not what anybody has proved.

use std::hash::{Hash, Hasher};

use aws_lc_rs::rand;
use highway::{HighwayHash, HighwayHasher, Key};

/// Makes the tags of one cache.
pub(crate) struct BearerTags {
    key: Key,
    is_secret: bool,
}

impl BearerTags {
    pub(crate) fn draw() -> Self {
        let mut words = [[0; 8]; 4];
        let is_secret = rand::fill(words.as_flattened_mut()).is_ok();
        Self {
            key: Key(words.map(u64::from_ne_bytes)),
            is_secret,
        }
    }

    /// Whether there was randomness to draw the key from. Without it a hit could be forged, so nothing may be remembered.
    pub(crate) fn are_secret(&self) -> bool {
        self.is_secret
    }

    pub(crate) fn of(&self, bearer: &[u8]) -> BearerTag {
        BearerTag(HighwayHasher::new(self.key).hash128(bearer))
    }
}

/// Stands for one token, and cannot be made without the key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct BearerTag([u64; 2]);

impl Hash for BearerTag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Half of a uniform tag is a uniform hash.
        state.write_u64(self.0[0]);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    // Attacks: 90.
    #[test]
    fn another_token_has_another_tag_whichever_of_its_bytes_is_another() {
        let tags = BearerTags::draw();
        let token = [b'a'; 1000];
        let others = (0..token.len()).map(|place| {
            let mut other = token;
            other[place] = b'b';
            tags.of(&other)
        });
        let different: HashSet<_> = others.chain([tags.of(&token)]).collect();
        assert_eq!(different.len(), token.len() + 1);
    }

    // Attacks: 90.
    #[test]
    fn parts_in_another_order_make_another_tag() {
        let tags = BearerTags::draw();
        let token: [u8; 128] = std::array::from_fn(|place| u8::try_from(place).unwrap());
        let swaps = (1..8).map(|block| {
            let mut other = token;
            let (first, rest) = other.split_at_mut(16 * block);
            first[..16].swap_with_slice(&mut rest[..16]);
            tags.of(&other)
        });
        let different: HashSet<_> = swaps.chain([tags.of(&token)]).collect();
        assert_eq!(different.len(), 8);
    }

    #[test]
    fn the_hash_is_highwayhash_of_128_bits() {
        // The reference implementation's vector for the key 00…1f and no message.
        let key: [[u8; 8]; 4] = std::array::from_fn(|word| {
            std::array::from_fn(|byte| u8::try_from(8 * word + byte).unwrap())
        });
        let tags = BearerTags {
            key: Key(key.map(u64::from_le_bytes)),
            is_secret: false,
        };
        let expected = [0x0fed_268f_9d8f_fec7, 0x3356_5e76_7f09_3e6f];
        assert_eq!(tags.of(&[]).0, expected);
    }

    #[test]
    fn the_instructions_of_the_processor_give_what_plain_code_gives() {
        let tags = BearerTags::draw();
        let token: [u8; 200] = std::array::from_fn(|place| u8::try_from(place).unwrap());
        for length in 0..=token.len() {
            let plain = highway::PortableHash::new(tags.key).hash128(&token[..length]);
            assert_eq!(tags.of(&token[..length]).0, plain, "{length}");
        }
    }

    // Attacks: 90.
    #[test]
    fn zeros_at_the_end_make_another_tag() {
        let tags = BearerTags::draw();
        let zeros = [0; 64];
        let different: HashSet<_> = (0..=64).map(|length| tags.of(&zeros[..length])).collect();
        assert_eq!(different.len(), 65);
    }
}
