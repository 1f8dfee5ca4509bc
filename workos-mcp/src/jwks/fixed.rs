//! A key set that was never fetched, for tests and benchmarks.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    KeySet, Now,
    fetch::{FetchError, Source},
};
use crate::Limits;

struct Fixed(Vec<u8>);

#[async_trait]
impl Source for Fixed {
    async fn fetch(&self) -> Result<Vec<u8>, FetchError> {
        Ok(self.0.clone())
    }

    fn name(&self) -> &'static str {
        "fixed"
    }
}

impl KeySet {
    /// Holds the keys of `document` from the start.
    pub(crate) fn fixed(document: &str, limits: &Limits) -> Arc<Self> {
        let document = document.as_bytes().to_vec();
        let keys = Self::from_source(Arc::new(Fixed(document.clone())), limits);
        if let Some(now) = Now::read() {
            keys.settle(0, now, Ok(document));
        }
        keys
    }

    /// As if a fetch had just brought `document`.
    #[cfg(test)]
    pub(crate) fn settle_for_test(&self, document: &str) {
        let number = self.lock().take_number();
        if let Some(now) = Now::read() {
            self.settle(number, now, Ok(document.as_bytes().to_vec()));
        }
    }
}
