//! What holds of whatever stands where a key set should.
#![allow(
    clippy::unwrap_used,
    reason = "what must not fail is what is checked here"
)]

use std::collections::HashSet;

use serde_json::Value;

use super::{KEY_ID_BYTES, Now, keys};

/// Most keys taken, so that a short document can have more.
const LIMIT: usize = 4;

/// A key set document.
pub(crate) fn key_set(input: &[u8]) {
    let Some(now) = Now::read() else { return };
    let Ok((keys, passed)) = keys::read(input, LIMIT, now, 7) else {
        return;
    };
    let document: Value = serde_json::from_slice(input).unwrap();
    let listed = document.as_object().unwrap()["keys"].as_array().unwrap();
    let ids: Vec<_> = keys.ids().collect();
    assert!((1..=LIMIT).contains(&ids.len()));
    assert!(ids.len() + passed.unfit + passed.ambiguous + passed.beyond_limit <= listed.len());
    assert_eq!(passed.beyond_limit, listed.len().saturating_sub(LIMIT));
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    for id in ids {
        assert!((1..=KEY_ID_BYTES).contains(&id.len()));
        assert!(keys.find(id).is_some());
        let fits = |key: &&Value| {
            key["kid"] == id
                && key["kty"] == "RSA"
                && key
                    .get("use")
                    .is_none_or(|purpose| *purpose == "sig" || purpose.is_null())
                && key
                    .get("alg")
                    .is_none_or(|algorithm| *algorithm == "RS256" || algorithm.is_null())
        };
        assert!(listed.iter().take(LIMIT).any(|key| fits(&key)), "{id:?}");
    }
}
