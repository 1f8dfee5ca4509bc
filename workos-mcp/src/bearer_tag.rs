//! What stands for a bearer token in a cache.
//!
//! A keyed 128-bit tag of the whole token. The keys are drawn at start and never leave, so nobody can make a token that hits
//! another's entry; and no bearer token stays in memory after its request.
//!
//! `SipHash-2-4(POLYVAL(token), length)`. POLYVAL ([RFC 8452 §3](https://www.rfc-editor.org/rfc/rfc8452#section-3)) alone
//! makes it as good as impossible to find two tokens with one tag, the chance being the token's blocks in 2¹²⁸, and takes half as long
//! as a hash of the whole token would, where the processor has instructions for it; `SipHash` over the little that is left keeps what a cache's timing may tell from
//! saying anything of POLYVAL's key.

use std::hash::{Hash, Hasher};

use aws_lc_rs::rand;
use polyval::{Polyval, universal_hash::UniversalHash};
use siphasher::sip128::SipHasher24;

/// Makes the tags of one cache.
pub(crate) struct BearerTags {
    universal: Polyval,
    hasher: SipHasher24,
    are_secret: bool,
}

impl BearerTags {
    pub(crate) fn draw() -> Self {
        let mut keys = [[0; 16]; 2];
        let are_secret = rand::fill(keys.as_flattened_mut()).is_ok();
        let [universal, hasher] = keys;
        Self {
            universal: Polyval::new(&universal.into()),
            hasher: SipHasher24::new_with_key(&hasher),
            are_secret,
        }
    }

    /// Whether there was randomness to draw the key from. Without it a hit could be forged, so nothing may be remembered.
    pub(crate) fn are_secret(&self) -> bool {
        self.are_secret
    }

    pub(crate) fn of(&self, bearer: &[u8]) -> BearerTag {
        let mut universal = self.universal.clone();
        universal.update_padded(bearer);
        let mut summary = [0; 24];
        let (value, length) = summary.split_at_mut(16);
        value.copy_from_slice(&universal.finalize());
        // What is padded with zeros is not the same as what ends with them.
        length.copy_from_slice(&(bearer.len() as u64).to_be_bytes());
        BearerTag(self.hasher.hash(&summary).into())
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use siphasher::sip128::Hash128;

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
    fn the_universal_hash_is_polyval() {
        // RFC 8452, appendix A.
        let bytes = |number: u128| number.to_be_bytes();
        let mut hash = Polyval::new(&bytes(0x2562_9347_5892_4276_1d31_f826_ba4b_757b).into());
        hash.update_padded(&bytes(0x4f4f_9566_8c83_dfb6_4017_62bb_2d01_a262));
        hash.update_padded(&bytes(0xd1a2_4ddd_2721_d006_bbe4_5f20_d3c9_f362));
        let expected = bytes(0xf7a3_b47b_8461_19fa_e5b7_866c_f5e5_b77e);
        assert_eq!(<[u8; 16]>::from(hash.finalize()), expected);
    }

    #[test]
    fn the_hash_behind_it_is_siphash_2_4_of_128_bits() {
        // The reference implementation's vector for the key 00…0f and the message 00…0e.
        let key: [u8; 16] = std::array::from_fn(|byte| u8::try_from(byte).unwrap());
        let Hash128 { h1, h2 } = SipHasher24::new_with_key(&key).hash(&key[..15]);
        let expected = 0x5493_e999_33b0_a811_7e08_ec0f_97cf_c3d9_u128;
        let hash = [h1.to_le_bytes(), h2.to_le_bytes()].concat();
        assert_eq!(hash, expected.to_be_bytes());
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
