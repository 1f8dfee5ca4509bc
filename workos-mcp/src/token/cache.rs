//! Tokens that were verified before.

use std::hash::{BuildHasher, Hasher};

use quick_cache::{Weighter, sync::Cache};

use crate::{
    bearer_tag::{BearerTag, BearerTags},
    jwks::Generation,
    principal::Principal,
};

/// The claims' text that one unit of `Limits::verified_tokens` stands for.
const UNIT_BYTES: usize = 1024;
/// Only sizes the cache's book-keeping; beyond it more entries still fit.
const LARGEST_ESTIMATE: usize = 1 << 24;

pub(super) struct VerifiedTokens {
    tags: BearerTags,
    entries: Cache<BearerTag, VerifiedToken, Units, Uniform>,
}

#[derive(Clone)]
pub(super) struct VerifiedToken {
    pub(super) principal: Principal,
    /// The place of the issuer whose key signed.
    pub(super) issuer: usize,
    /// Of the key that signed: the entry counts only as long as the issuer has that key.
    pub(super) signed_by: Generation,
    pub(super) expires_at: u64,
    pub(super) payload_bytes: usize,
}

impl VerifiedTokens {
    pub(super) fn new(units: usize) -> Self {
        let tags = BearerTags::draw();
        let units = if tags.are_secret() { units } else { 0 };
        Self {
            tags,
            entries: Cache::with(
                units.min(LARGEST_ESTIMATE),
                u64::try_from(units).unwrap_or(u64::MAX),
                Units,
                Uniform,
                quick_cache::sync::DefaultLifecycle::default(),
            ),
        }
    }

    pub(super) fn tag(&self, token: &[u8]) -> BearerTag {
        self.tags.of(token)
    }

    pub(super) fn get(&self, tag: BearerTag) -> Option<VerifiedToken> {
        self.entries.get(&tag)
    }

    pub(super) fn insert(&self, tag: BearerTag, token: VerifiedToken) {
        self.entries.insert(tag, token);
    }

    pub(super) fn remove(&self, tag: BearerTag) {
        self.entries.remove(&tag);
    }

    #[cfg(any(test, feature = "__bench"))]
    pub(super) fn clear(&self) {
        // Keeps the tables, as they are in a server that has run for a while.
        self.entries.retain(|_, _| false);
    }

    #[cfg(test)]
    pub(super) fn units(&self) -> u64 {
        self.entries.weight()
    }
}

#[derive(Clone)]
struct Units;

impl Weighter<BearerTag, VerifiedToken> for Units {
    fn weight(&self, _: &BearerTag, token: &VerifiedToken) -> u64 {
        let units = token.payload_bytes.div_ceil(UNIT_BYTES).max(1);
        u64::try_from(units).unwrap_or(u64::MAX)
    }
}

/// The tag is already uniform and secret; hashing it again would only cost.
#[derive(Clone)]
struct Uniform;

impl BuildHasher for Uniform {
    type Hasher = UniformHasher;

    fn build_hasher(&self) -> UniformHasher {
        UniformHasher(0)
    }
}

struct UniformHasher(u64);

impl Hasher for UniformHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}
