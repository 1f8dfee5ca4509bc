//! A token's three segments, and strict base64url.

use base64::Engine;

use super::refusal::Reason;

/// Vectorised where it can be: the scalar engine was a sixth of what a token costs beyond its signature.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static BASE64URL: std::sync::LazyLock<base64::engine::Simd> = std::sync::LazyLock::new(|| {
    base64::engine::Simd::url_safe(base64::engine::general_purpose::NO_PAD)
});
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;

/// The longest RSA signature there is a key for: 8,192 bits.
const SIGNATURE_BYTES: usize = 1024;

/// The segments of a compact JWS, not yet decoded.
#[derive(Clone, Copy)]
pub(super) struct Compact<'t> {
    pub(super) header: &'t str,
    pub(super) payload: &'t str,
    pub(super) signature: &'t str,
    /// Header and payload with the dot between them: what the signature is over.
    pub(super) signed: &'t str,
}

impl<'t> Compact<'t> {
    pub(super) fn split(token: &'t str) -> Result<Self, Reason> {
        let (header, rest) = token.split_once('.').ok_or(Reason::Malformed)?;
        // Further dots end up in the signature, where base64url has none.
        let (payload, signature) = rest.split_once('.').ok_or(Reason::Malformed)?;
        if header.is_empty() || payload.is_empty() || signature.is_empty() {
            return Err(Reason::Malformed);
        }
        let signed = &token[..header.len() + 1 + payload.len()];
        Ok(Self {
            header,
            payload,
            signature,
            signed,
        })
    }

    pub(super) fn with_signature<T>(
        &self,
        then: impl FnOnce(&[u8]) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        let mut buffer = [0; SIGNATURE_BYTES];
        if self.signature.len() > (SIGNATURE_BYTES * 4).div_ceil(3) {
            return Err(Reason::Signature);
        }
        let length = BASE64URL
            .decode_slice(self.signature, &mut buffer)
            .map_err(|_| Reason::Malformed)?;
        then(&buffer[..length])
    }
}

/// Strict: no padding, no whitespace, only the one canonical spelling of the last character.
pub(super) fn decode_text(segment: &str) -> Result<Box<str>, Reason> {
    // Exactly as long as needed, so that no part of a claim is held twice and none reallocated.
    let mut bytes = vec![0; segment.len() / 4 * 3 + (segment.len() % 4).saturating_sub(1)];
    let length = BASE64URL
        .decode_slice(segment, &mut bytes)
        .map_err(|_| Reason::Malformed)?;
    bytes.truncate(length);
    let text = String::from_utf8(bytes).map_err(|_| Reason::Malformed)?;
    Ok(text.into_boxed_str())
}
