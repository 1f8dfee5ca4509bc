//! What holds of everything that strangers write, each as a function that panics where it does not.
//!
//! The fuzz targets in `fuzz/` call them as often as there is time for; the tests below call them for every seed and a
//! bounded number of changes to each.

use crate::{http, jwks, rmcp_server, rule, token};

type Check = fn(&[u8]);

static PROPERTIES: [(&str, Check); 10] = [
    ("bearer", http::properties::bearer),
    ("host", http::properties::host),
    ("key_set", jwks::properties::key_set),
    ("metadata", http::properties::metadata),
    ("rule_metadata", rmcp_server::properties::rule_metadata),
    ("session_tag", http::properties::session_tag),
    ("token", token::properties::token),
    ("token_claims", token::properties::token_claims),
    ("token_header", token::properties::token_header),
    ("uri_pattern", rule::properties::uri_pattern),
];

/// The property of this name, for a fuzz target.
pub fn property(name: &str) -> Option<Check> {
    let property = PROPERTIES.iter().find(|(known, _)| *known == name);
    property.map(|(_, check)| *check)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        panic::{catch_unwind, resume_unwind},
        path::PathBuf,
    };

    use allocation_counter::measure;
    use proptest::{prelude::*, sample::Index};

    use super::*;

    /// What is held at once, beyond what is in proportion to the input.
    const LEAST_BYTES: u64 = 64 * 1024;
    const BYTES_PER_BYTE: u64 = 256;

    fn seeds(name: &str) -> Vec<Vec<u8>> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
        let files = fs::read_dir(folder.join(name)).unwrap();
        let seeds: Vec<_> = files
            .map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect();
        assert!(seeds.len() > 4, "{name} has too few seeds");
        seeds
    }

    fn words() -> Vec<Vec<u8>> {
        let dictionary = include_str!("../fuzz/dictionary.txt");
        let words = dictionary.lines().filter_map(|line| line.strip_prefix('"'));
        words
            .map(|word| word.trim_end_matches('"').replace('\\', "").into_bytes())
            .collect()
    }

    #[derive(Clone, Debug)]
    enum Change {
        Flip(Index, u8),
        Insert(Index, Vec<u8>),
        Remove(Index, usize),
        Repeat(Index, usize, usize),
        Splice(Index, Index),
    }

    fn changes() -> impl Strategy<Value = Vec<Change>> {
        let place = any::<Index>;
        let change = prop_oneof![
            4 => (place(), 1..=255_u8).prop_map(|(at, bits)| Change::Flip(at, bits)),
            4 => (place(), prop::sample::select(words())).prop_map(|(at, word)| Change::Insert(at, word)),
            1 => (place(), prop::collection::vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
            2 => (place(), 1..40_usize).prop_map(|(at, length)| Change::Remove(at, length)),
            2 => (place(), 1..20_usize, 2..400_usize).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
            1 => (place(), place()).prop_map(|(at, other)| Change::Splice(at, other)),
        ];
        prop::collection::vec(change, 0..4)
    }

    fn changed(seeds: &[Vec<u8>], seed: Index, changes: &[Change]) -> Vec<u8> {
        let mut input = seed.get(seeds).clone();
        for change in changes {
            let place = |at: &Index, input: &[u8]| at.index(input.len() + 1);
            match change {
                Change::Flip(at, bits) => {
                    let at = place(at, &input);
                    if let Some(byte) = input.get_mut(at) {
                        *byte ^= bits;
                    }
                }
                Change::Insert(at, bytes) => {
                    let at = place(at, &input);
                    input.splice(at..at, bytes.iter().copied());
                }
                Change::Remove(at, length) => {
                    let at = place(at, &input);
                    input.drain(at..(at + length).min(input.len()));
                }
                Change::Repeat(at, length, times) => {
                    let at = place(at, &input);
                    let repeated = input[at..(at + length).min(input.len())].repeat(*times);
                    input.splice(at..at, repeated);
                }
                Change::Splice(at, other) => {
                    let at = place(at, &input);
                    let other = other.get(seeds);
                    input.truncate(at);
                    input.extend(&other[at.min(other.len())..]);
                }
            }
        }
        input
    }

    /// Runs a property, and sees to it that it holds no more memory than the input gives reason to.
    fn check(check: Check, input: &[u8]) {
        let mut outcome = Ok(());
        // A panic must not pass through `measure`, which would go on measuring.
        let held = measure(|| outcome = catch_unwind(|| check(input))).bytes_max;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
        let most = LEAST_BYTES + BYTES_PER_BYTE * input.len() as u64;
        let shown = String::from_utf8_lossy(&input[..input.len().min(200)]);
        assert!(held <= most, "{held} bytes for {}: {shown}", input.len());
    }

    /// Every seed, and changes to seeds.
    fn holds(name: &str) {
        let property = property(name).unwrap();
        // What is made once and kept is not held for the input.
        property(b"");
        let seeds = seeds(name);
        for seed in &seeds {
            property(seed);
            check(property, seed);
        }
        let config = ProptestConfig {
            cases: 1000,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        proptest!(config, |(seed in any::<Index>(), changes in changes())| {
            check(property, &changed(&seeds, seed, &changes));
        });
    }

    macro_rules! hold {
        ($($name:ident)*) => {
            $(#[test]
            fn $name() {
                holds(stringify!($name));
            })*

            #[test]
            fn every_property_is_tested() {
                assert_eq!(PROPERTIES.map(|(name, _)| name), [$(stringify!($name)),*]);
            }
        };
    }

    hold!(bearer host key_set metadata rule_metadata session_tag token token_claims token_header uri_pattern);
}
