//! The id under which a refusal is found in our log.

use http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What ties a refusal to its line in our log.
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    /// The id that a proxy gave the request, else a new one.
    pub(super) fn of(request: &HeaderMap) -> Self {
        Self::or_new(Self::given(request))
    }

    /// The id that a proxy gave the request, when it is one that can go into a log as it is.
    pub(super) fn given(request: &HeaderMap) -> Option<HeaderValue> {
        let given = request.get(REQUEST_ID).filter(|value| {
            let value = value.as_bytes();
            (1..=64).contains(&value.len())
                && value
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
        });
        given.cloned()
    }

    pub(super) fn value(&self) -> &HeaderValue {
        &self.0
    }

    pub(super) fn or_new(given: Option<HeaderValue>) -> Self {
        Self(given.unwrap_or_else(|| {
            let mut random = [0; 8];
            // Without randomness the ids repeat, which only makes the log harder to read.
            let _ = aws_lc_rs::rand::fill(&mut random);
            HeaderValue::try_from(format!("{:016x}", u64::from_be_bytes(random)))
                .unwrap_or_else(|_| HeaderValue::from_static("-"))
        }))
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.to_str().unwrap_or("-"))
    }
}
