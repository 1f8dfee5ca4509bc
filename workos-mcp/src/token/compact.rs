//! A token's three segments, and strict base64url.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::refusal::Reason;

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
        let (signed, signature) = token.rsplit_once('.').ok_or(Reason::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Reason::Malformed)?;
        if header.is_empty() || payload.is_empty() || signature.is_empty() || payload.contains('.')
        {
            return Err(Reason::Malformed);
        }
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
        if self.signature.len() > SIGNATURE_BYTES.div_ceil(3) * 4 {
            return Err(Reason::Signature);
        }
        let length = URL_SAFE_NO_PAD
            .decode_slice(self.signature, &mut buffer)
            .map_err(|_| Reason::Malformed)?;
        then(&buffer[..length])
    }
}

/// Strict: no padding, no whitespace, only the one canonical spelling of the last character.
pub(super) fn decode_text(segment: &str) -> Result<Box<str>, Reason> {
    // Exactly as long as needed, so that no part of a claim is held twice and none reallocated.
    let mut bytes = vec![0; segment.len() / 4 * 3 + (segment.len() % 4).saturating_sub(1)];
    let length = URL_SAFE_NO_PAD
        .decode_slice(segment, &mut bytes)
        .map_err(|_| Reason::Malformed)?;
    bytes.truncate(length);
    let text = String::from_utf8(bytes).map_err(|_| Reason::Malformed)?;
    Ok(text.into_boxed_str())
}
