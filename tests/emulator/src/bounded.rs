//! A map that forgets its oldest entry when it is full.

use std::hash::Hash;

use indexmap::IndexMap;

/// More than any test or demo needs, and little enough to hold in memory.
const CAPACITY: usize = 10_000;

pub(crate) struct Bounded<K, V>(IndexMap<K, V>);

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Self {
        Self(IndexMap::new())
    }
}

impl<K: Hash + Eq, V> Bounded<K, V> {
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.0.len() >= CAPACITY {
            self.0.shift_remove_index(0);
        }
        self.0.insert(key, value);
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    /// Oldest first.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values()
    }
}
