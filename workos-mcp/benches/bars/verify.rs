//! A token that was never seen, beside the bare signature check that no verifier can go below.

use std::hint::black_box;

use aws_lc_rs::signature::ParsedPublicKey;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use tokio::runtime::Runtime;
use workos_mcp::{__bench::Verification, Provider};

use crate::{
    issuer::Issuer,
    layer::Scene,
    rounds::{each, fastest_tenth},
    table::{Bar, Reading},
};

/// Tokens verified between two clearings of the cache.
pub(crate) const BATCH: usize = 32;

/// What is left of a verification when everything else is taken away.
pub(crate) struct Bare {
    key: ParsedPublicKey,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

impl Bare {
    pub(crate) fn new(issuer: &Issuer, token: &str) -> Self {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        Self {
            key: issuer.key.prepared(),
            signed: signed.into(),
            signature: BASE64.decode(signature).unwrap(),
        }
    }

    pub(crate) fn check(&self) {
        let (signed, signature) = (black_box(&*self.signed), black_box(&*self.signature));
        self.key.verify_sig(signed, signature).unwrap();
    }
}

/// Tokens that a verifier forgets again and again.
pub(crate) struct Unseen {
    verification: Verification,
    tokens: Vec<String>,
}

impl Unseen {
    /// Of a provider that has its keys.
    pub(crate) fn new(issuer: &Issuer, provider: &Provider) -> Self {
        let tokens: Vec<_> = (0..BATCH).map(|number| issuer.token(number)).collect();
        Self {
            verification: Verification::of(provider),
            tokens,
        }
    }

    pub(crate) fn forget(&self) {
        self.verification.forget();
    }

    pub(crate) fn check_all(&self) {
        for token in &self.tokens {
            assert!(self.verification.check(black_box(token)).is_some());
        }
    }
}

/// `verify_cold`
pub(crate) fn cold(runtime: &Runtime) -> Vec<Reading> {
    let Scene {
        issuer, provider, ..
    } = Scene::new(runtime);
    let unseen = Unseen::new(&issuer, &provider);
    let bare: Vec<_> = unseen
        .tokens
        .iter()
        .map(|token| Bare::new(&issuer, token))
        .collect();
    let [bare, cold] = fastest_tenth(
        2000,
        [
            &mut || each(1, || bare.iter().for_each(Bare::check)),
            &mut || {
                unseen.forget();
                each(1, || unseen.check_all())
            },
        ],
    );
    vec![Reading {
        benchmark: "verify_cold",
        what: "time, of a bare signature check".to_owned(),
        value: cold / bare,
        bar: Bar::AtMost(1.12),
    }]
}
