//! The keys of a key set document: which of them may have signed a token, ready to verify.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock},
};

use aws_lc_rs::{
    error::Unspecified,
    signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use serde::Deserialize;

use super::{KEY_ID_BYTES, clock::Now, fetch::FetchError};

/// The exponents that sane RSA keys have; smaller ones make forgeries easier, larger ones verification slow.
const EXPONENTS: std::ops::RangeInclusive<u64> = 65_537..=(1 << 33) - 1;
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Tells a key from every other that its key set ever held, whatever their ids: the fetch that brought it
/// first, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    flight: u64,
    place: usize,
}

/// One RSA key of the issuer, parsed once.
pub(crate) struct Key {
    id: Box<str>,
    modulus: Box<[u8]>,
    exponent: u64,
    parsed: ParsedPublicKey,
    generation: Generation,
    /// As the first token that verified had it, still encoded. Issuers give all tokens of a key the same one.
    header: OnceLock<Box<str>>,
}

impl Key {
    /// Whether `signature` over `message` is this key's, by RS256.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Unspecified> {
        self.parsed.verify_sig(message, signature)
    }

    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    /// Takes `header` for one that names this key and passed every check.
    pub(crate) fn remember_header(&self, header: &str) {
        self.header.get_or_init(|| header.into());
    }

    fn is(&self, other: &Self) -> bool {
        self.id == other.id && self.modulus == other.modulus && self.exponent == other.exponent
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// The usable keys of one fetch.
#[derive(Debug)]
pub(super) struct Keys {
    usable: Box<[Arc<Key>]>,
    /// When the fetch began: what the issuer changed later may be missing.
    pub(super) asked: Now,
    /// The number of the fetch.
    pub(super) flight: u64,
}

impl Keys {
    pub(super) fn find(&self, key_id: &str) -> Option<&Arc<Key>> {
        self.usable.iter().find(|key| *key.id == *key_id)
    }

    pub(super) fn recognize(&self, header: &str) -> Option<&Arc<Key>> {
        let is_known = |key: &&Arc<Key>| key.header.get().is_some_and(|known| **known == *header);
        self.usable.iter().find(is_known)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.usable.iter().map(|key| &*key.id)
    }

    pub(super) fn has(&self, generation: Generation) -> bool {
        self.usable.iter().any(|key| key.generation == generation)
    }

    /// Takes over the keys of `earlier` that are still there, so that tokens verified with them stay known.
    /// Those of the others do not, from the moment this set is the current one.
    pub(super) fn succeed(&mut self, earlier: &Self) {
        for key in &mut self.usable {
            if let Some(kept) = earlier.find(&key.id).filter(|kept| kept.is(key)) {
                *key = Arc::clone(kept);
            }
        }
    }
}

/// What a key set held beyond the keys that are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    /// Keys for another use, algorithm or purpose, or too weak.
    pub(super) unfit: usize,
    /// Keys whose id another key has too: which of them signed cannot be told.
    pub(super) ambiguous: usize,
    /// Keys beyond `Limits::keys`.
    pub(super) beyond_limit: usize,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// Reads a key set. A key that cannot be used is passed over; a set without one that can is no key set.
pub(super) fn read(
    document: &[u8],
    limit: usize,
    asked: Now,
    flight: u64,
) -> Result<(Keys, Passed), FetchError> {
    let Document { keys } = serde_json::from_slice(document).map_err(|_| FetchError::NotAKeySet)?;
    // serde takes an array of the values too.
    if !document.trim_ascii_start().starts_with(b"{") {
        return Err(FetchError::NotAKeySet);
    }
    let mut passed = Passed {
        beyond_limit: keys.len().saturating_sub(limit),
        ..Passed::default()
    };
    // Under one id: the key, or nothing once two different ones were seen.
    let mut found: HashMap<Box<str>, Option<Key>> = HashMap::new();
    for (place, key) in keys.into_iter().take(limit).enumerate() {
        let Some(key) = key_of(key, Generation { flight, place }) else {
            passed.unfit += 1;
            continue;
        };
        let slot = found.entry(key.id.clone());
        slot.and_modify(|other| {
            if !other.as_ref().is_some_and(|other| other.is(&key)) {
                passed.ambiguous += 1 + usize::from(other.take().is_some());
            }
        })
        .or_insert(Some(key));
    }
    let usable: Box<[_]> = found.into_values().flatten().map(Arc::new).collect();
    if usable.is_empty() {
        return Err(FetchError::NoUsableKey);
    }
    let keys = Keys {
        usable,
        asked,
        flight,
    };
    Ok((keys, passed))
}

fn key_of(key: serde_json::Value, generation: Generation) -> Option<Key> {
    let Jwk { common, algorithm } = serde_json::from_value(key).ok()?;
    let AlgorithmParameters::RSA(rsa) = algorithm else {
        return None;
    };
    let is_for_signatures = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    let may_verify = common
        .key_operations
        .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let is_rs256 = matches!(common.key_algorithm, None | Some(KeyAlgorithm::RS256));
    if !is_for_signatures || !may_verify || !is_rs256 {
        return None;
    }
    let id = common
        .key_id
        .filter(|id| !id.is_empty() && id.len() <= KEY_ID_BYTES)?;
    let modulus = integer(&rsa.n)?;
    let exponent_bytes = integer(&rsa.e)?;
    let exponent = small(&exponent_bytes)?;
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
    if !MODULUS_BITS.contains(&bits) || !EXPONENTS.contains(&exponent) || exponent % 2 == 0 {
        return None;
    }
    let components = RsaPublicKeyComponents {
        n: &modulus,
        e: &exponent_bytes,
    };
    let parsed = components
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .ok()?;
    Some(Key {
        id: id.into(),
        modulus,
        exponent,
        parsed,
        generation,
        header: OnceLock::new(),
    })
}

/// An unsigned integer in base64url, without leading zeros.
fn integer(text: &str) -> Option<Box<[u8]>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes[start..].into())
}

fn small(bytes: &[u8]) -> Option<u64> {
    let start = size_of::<u64>().checked_sub(bytes.len())?;
    let mut padded = [0; size_of::<u64>()];
    padded[start..].copy_from_slice(bytes);
    Some(u64::from_be_bytes(padded))
}
