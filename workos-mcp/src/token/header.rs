//! The JOSE header: which key may have signed, and nothing else that a token has a say in.

use std::borrow::Cow;

use serde::de::{Error as _, MapAccess};

use super::{
    object::{self, Member, Members, Text},
    refusal::Reason,
};
use crate::jwks::KEY_ID_BYTES;

#[derive(Default)]
pub(super) struct Header<'h> {
    algorithm: bool,
    key_id: Option<Cow<'h, str>>,
}

impl<'h> Header<'h> {
    /// The id of the key that the token claims to be signed with.
    pub(super) fn key_id(text: &'h str) -> Result<Cow<'h, str>, Reason> {
        let mut header = Self::default();
        object::read(text, &mut header)?;
        if !header.algorithm {
            return Err(Reason::Algorithm);
        }
        header.key_id.ok_or(Reason::KeyId)
    }
}

/// `jwk`, `jku`, `x5c`, `x5u` and `x5t` are not among them: a key that a token brings along proves nothing.
#[derive(Clone, Copy)]
pub(super) enum Parameter {
    Algorithm,
    KeyId,
    Type,
    Critical,
    Unencoded,
    Compressed,
}

impl Member for Parameter {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "alg" => Self::Algorithm,
            "kid" => Self::KeyId,
            "typ" => Self::Type,
            "crit" => Self::Critical,
            "b64" => Self::Unencoded,
            "zip" => Self::Compressed,
            _ => return None,
        })
    }

    fn bit(self) -> u32 {
        1 << self as u32
    }

    fn reason(self) -> Reason {
        match self {
            Self::Algorithm => Reason::Algorithm,
            Self::KeyId => Reason::KeyId,
            Self::Type => Reason::Type,
            Self::Critical | Self::Unencoded | Self::Compressed => Reason::Extension,
        }
    }
}

impl<'de> Members<'de> for Header<'de> {
    type Member = Parameter;

    fn take<A: MapAccess<'de>>(&mut self, member: Parameter, map: &mut A) -> Result<(), A::Error> {
        let fits = match member {
            Parameter::Algorithm => {
                self.algorithm = map.next_value::<Text<'_>>()?.0 == "RS256";
                self.algorithm
            }
            Parameter::KeyId => {
                let Text(key_id) = map.next_value()?;
                let fits = !key_id.is_empty() && key_id.len() <= KEY_ID_BYTES;
                self.key_id = Some(key_id);
                fits
            }
            Parameter::Type => is_access_token(&map.next_value::<Text<'_>>()?.0),
            Parameter::Critical | Parameter::Unencoded | Parameter::Compressed => false,
        };
        if fits {
            Ok(())
        } else {
            Err(A::Error::custom("unacceptable header parameter"))
        }
    }
}

/// AuthKit sends no `typ`; RFC 7519 §5.1 suggests `JWT`, RFC 9068 §2.1 asks for `at+jwt`. RFC 7515
/// §4.1.9 makes them media types: in any case of letters, with or without `application/`.
fn is_access_token(media_type: &str) -> bool {
    let subtype = match media_type.split_at_checked("application/".len()) {
        Some((prefix, subtype)) if prefix.eq_ignore_ascii_case("application/") => subtype,
        _ => media_type,
    };
    subtype.eq_ignore_ascii_case("JWT") || subtype.eq_ignore_ascii_case("at+jwt")
}
