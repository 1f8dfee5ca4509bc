//! The bare signature check that no verifier can go below, with the key prepared.

use std::{hint::black_box, ops::Range};

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

use crate::{Error, Site};

pub(crate) struct Signatures<'a> {
    key: ParsedPublicKey,
    parts: Vec<(&'a [u8], Vec<u8>)>,
}

impl<'a> Signatures<'a> {
    pub(crate) fn new(
        site: &Site,
        tokens: impl IntoIterator<Item = &'a String>,
    ) -> Result<Self, Error> {
        let n = BASE64.decode(&site.key.n)?;
        let e = BASE64.decode(&site.key.e)?;
        let key = RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| "the key of the site cannot be read")?;
        let parts = tokens
            .into_iter()
            .map(|token| {
                let (signed, signature) = token.rsplit_once('.').ok_or("a token has no parts")?;
                Ok((signed.as_bytes(), BASE64.decode(signature)?))
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { key, parts })
    }

    pub(crate) fn verify(&self, range: Range<usize>) -> Result<(), Error> {
        for (signed, signature) in &self.parts[range] {
            self.key
                .verify_sig(black_box(signed), black_box(signature))
                .map_err(|_| "a good signature is refused")?;
        }
        Ok(())
    }
}
