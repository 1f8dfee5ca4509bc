//! Whose tokens are accepted: each issuer by its name, and with keys of its own.

use std::sync::Arc;

use url::Url;

use super::{
    claims::Claims,
    compact::{self, Compact},
    refusal::Reason,
};
use crate::{Limits, jwks::KeySet};

pub(crate) struct Issuer {
    /// Compared with `iss` byte for byte.
    pub(super) name: Arc<str>,
    /// Nobody else's tokens are verified with these, whatever the ids of keys say
    /// ([RFC 8725 §3.8](https://www.rfc-editor.org/rfc/rfc8725#section-3.8)).
    pub(super) keys: Arc<KeySet>,
    place: usize,
}

impl Issuer {
    pub(crate) fn new(
        name: Arc<str>,
        key_set_url: Url,
        http: reqwest::Client,
        limits: &Limits,
    ) -> Self {
        Self::with_keys(name, KeySet::new(key_set_url, http, limits))
    }

    pub(super) fn with_keys(name: Arc<str>, keys: Arc<KeySet>) -> Self {
        Self {
            name,
            keys,
            place: 0,
        }
    }

    /// Where it is among the others.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    pub(super) fn is_of(&self, claims: &Claims<'_>) -> bool {
        claims.issuer.as_deref() == Some(&*self.name)
    }
}

pub(super) struct Issuers(Box<[Issuer]>);

impl Issuers {
    pub(super) fn new(mut issuers: Vec<Issuer>) -> Self {
        for (place, issuer) in issuers.iter_mut().enumerate() {
            issuer.place = place;
        }
        Self(issuers.into())
    }

    pub(super) fn at(&self, place: usize) -> Option<&Issuer> {
        self.0.get(place)
    }

    #[cfg(any(test, feature = "rmcp"))]
    pub(super) fn iter(&self) -> impl Iterator<Item = &Issuer> {
        self.0.iter()
    }

    /// Whose keys the token is to be verified with.
    ///
    /// Of several, the one that the token names, which proves nothing yet: it chooses among those that are trusted anyway, and
    /// what the token says is judged once the signature verified. A single one need not be named here.
    pub(super) fn of(&self, compact: &Compact<'_>) -> Result<&Issuer, Reason> {
        if let [only] = &*self.0 {
            return Ok(only);
        }
        let payload = compact::decode_text(compact.payload)?;
        let claims = Claims::read(&payload)?;
        self.0
            .iter()
            .find(|issuer| issuer.is_of(&claims))
            .ok_or(Reason::Issuer)
    }
}
