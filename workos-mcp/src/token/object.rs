//! Reading a JSON object whose member names are unique.
//!
//! RFC 7515 §4 and RFC 7519 §4 let a reader refuse duplicates; taking the last one, as most parsers do,
//! lets two readers of one token see two different tokens.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::de::{self, Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::refusal::Reason;

/// A member that has a meaning here.
pub(super) trait Member: Copy {
    fn named(name: &str) -> Option<Self>;
    /// A bit of its own.
    fn bit(self) -> u32;
    /// What a value that cannot be taken means for the token.
    fn reason(self) -> Reason;
}

/// What is collected from the object.
pub(super) trait Members<'de> {
    type Member: Member;
    /// Takes the value of `member` from `map`; any error means [`Member::reason`].
    fn take<A: MapAccess<'de>>(
        &mut self,
        member: Self::Member,
        map: &mut A,
    ) -> Result<(), A::Error>;
}

/// Reads `text` into `members`, which are of no use after an error.
pub(super) fn read<'de, M: Members<'de>>(text: &'de str, members: &mut M) -> Result<(), Reason> {
    let mut reason = Reason::Malformed;
    let mut json = serde_json::Deserializer::from_str(text);
    let object = ObjectVisitor {
        reason: &mut reason,
        members,
    };
    let read = json.deserialize_map(object).and_then(|()| json.end());
    read.map_err(|error| match error.classify() {
        Category::Data => reason,
        Category::Io | Category::Syntax | Category::Eof => Reason::Malformed,
    })
}

struct ObjectVisitor<'r, M> {
    /// What the error means if the visit ends here. Beside the error, because serde's carries text only.
    reason: &'r mut Reason,
    members: &'r mut M,
}

impl<'de, M: Members<'de>> Visitor<'de> for ObjectVisitor<'_, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = 0;
        let mut unknown = Vec::new();
        while let Some(Text(name)) = map.next_key()? {
            let Some(member) = M::Member::named(&name) else {
                unknown.push(name);
                map.next_value::<Skipped>()?;
                continue;
            };
            if seen & member.bit() != 0 {
                *self.reason = Reason::DuplicateMember;
                return Err(A::Error::custom("duplicate member"));
            }
            seen |= member.bit();
            *self.reason = member.reason();
            self.members.take(member, &mut map)?;
            *self.reason = Reason::Malformed;
        }
        // Sorted once: comparing every name with every other would let a stranger, with one long
        // header, make us work for its length squared.
        unknown.sort_unstable();
        if unknown.windows(2).any(|pair| pair[0] == pair[1]) {
            *self.reason = Reason::DuplicateMember;
            return Err(A::Error::custom("duplicate member"));
        }
        Ok(())
    }
}

/// A string, borrowed where it has no escapes.
pub(super) struct Text<'de>(pub(super) Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// Any value, read over.
///
/// Unlike serde's `IgnoredAny` it refuses what no reader of the whole object could read (lone surrogates,
/// numbers out of range) and what is nested deeper than `serde_json`'s limit, so that `Session::claims`
/// can read whatever was verified.
pub(super) struct Skipped;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Lenient(PhantomData))
    }
}

/// Something to take from a value when it fits; a value that does not fit is read over.
pub(super) trait Fitting<'de>: Sized {
    fn misfit() -> Self;
    fn text(_: Cow<'de, str>) -> Self {
        Self::misfit()
    }
    fn items<A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Skipped>()?.is_some() {}
        Ok(Self::misfit())
    }
}

impl Fitting<'_> for Skipped {
    fn misfit() -> Self {
        Self
    }
}

pub(super) struct Lenient<T>(pub(super) PhantomData<T>);

impl<'de, T: Fitting<'de>> Visitor<'de> for Lenient<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<T, E> {
        Ok(T::misfit())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<T, E> {
        Ok(T::misfit())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<T, E> {
        Ok(T::misfit())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<T, E> {
        Ok(T::misfit())
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        Ok(T::misfit())
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<T, A::Error> {
        T::items(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        while map.next_entry::<Skipped, Skipped>()?.is_some() {}
        Ok(T::misfit())
    }
}
