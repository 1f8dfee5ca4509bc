//! The claims as the token states them: types checked, nothing judged yet.

use std::{borrow::Cow, marker::PhantomData};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess};

use super::{
    object::{self, Fitting, Lenient, Member, Members, Text},
    refusal::Reason,
};

/// The claims this crate knows, borrowed from the payload.
#[derive(Default)]
pub(super) struct Claims<'p> {
    pub(super) issuer: Option<Cow<'p, str>>,
    pub(super) audiences: Audiences<'p>,
    pub(super) subject: Option<Cow<'p, str>>,
    pub(super) expires_at: Option<u64>,
    pub(super) issued_at: Option<u64>,
    pub(super) not_before: Option<u64>,
    pub(super) session_id: Option<Cow<'p, str>>,
    pub(super) organization_id: Option<Cow<'p, str>>,
    pub(super) client_id: Option<Cow<'p, str>>,
    pub(super) token_id: Option<Cow<'p, str>>,
    pub(super) scope: Option<Cow<'p, str>>,
    pub(super) role: Option<Cow<'p, str>>,
    pub(super) roles: Option<Vec<Cow<'p, str>>>,
    pub(super) permissions: Option<Vec<Cow<'p, str>>>,
    pub(super) feature_flags: Option<Vec<Cow<'p, str>>>,
}

impl<'p> Claims<'p> {
    pub(super) fn read(payload: &'p str) -> Result<Self, Reason> {
        let mut claims = Self::default();
        object::read(payload, &mut claims)?;
        Ok(claims)
    }
}

#[derive(Default)]
pub(super) enum Audiences<'p> {
    #[default]
    None,
    One(Cow<'p, str>),
    Several(Vec<Cow<'p, str>>),
}

impl Audiences<'_> {
    pub(super) fn any(&self, mut accept: impl FnMut(&str) -> bool) -> bool {
        match self {
            Self::None => false,
            Self::One(audience) => accept(audience),
            Self::Several(audiences) => audiences.iter().any(|audience| accept(audience)),
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Claim {
    Issuer,
    Audience,
    Subject,
    ExpiresAt,
    IssuedAt,
    NotBefore,
    SessionId,
    OrganizationId,
    ClientId,
    TokenId,
    Scope,
    Role,
    Roles,
    Permissions,
    FeatureFlags,
    Confirmation,
    Nonce,
    AccessTokenHash,
}

impl Member for Claim {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "iss" => Self::Issuer,
            "aud" => Self::Audience,
            "sub" => Self::Subject,
            "exp" => Self::ExpiresAt,
            "iat" => Self::IssuedAt,
            "nbf" => Self::NotBefore,
            "sid" => Self::SessionId,
            "org_id" => Self::OrganizationId,
            "client_id" => Self::ClientId,
            "jti" => Self::TokenId,
            "scope" => Self::Scope,
            "role" => Self::Role,
            "roles" => Self::Roles,
            "permissions" => Self::Permissions,
            "feature_flags" => Self::FeatureFlags,
            "cnf" => Self::Confirmation,
            "nonce" => Self::Nonce,
            "at_hash" => Self::AccessTokenHash,
            _ => return None,
        })
    }

    fn bit(self) -> u32 {
        1 << self as u32
    }

    fn reason(self) -> Reason {
        match self {
            Self::Issuer => Reason::Issuer,
            Self::Audience => Reason::Audience,
            Self::Subject => Reason::Subject,
            Self::ExpiresAt => Reason::Expiry,
            Self::IssuedAt => Reason::IssuedAt,
            Self::NotBefore => Reason::NotBefore,
            Self::SessionId | Self::OrganizationId | Self::ClientId | Self::TokenId => {
                Reason::Identifier
            }
            Self::Scope => Reason::Scope,
            Self::Confirmation => Reason::ProofOfPossession,
            Self::Nonce | Self::AccessTokenHash => Reason::IdToken,
            // Whatever these hold is taken or passed over, so only broken JSON fails here.
            Self::Role | Self::Roles | Self::Permissions | Self::FeatureFlags => Reason::Malformed,
        }
    }
}

impl<'de> Members<'de> for Claims<'de> {
    type Member = Claim;

    fn take<A: MapAccess<'de>>(&mut self, member: Claim, map: &mut A) -> Result<(), A::Error> {
        match member {
            Claim::Issuer => self.issuer = text(map)?,
            Claim::Audience => self.audiences = map.next_value_seed(AudiencesSeed)?,
            Claim::Subject => self.subject = text(map)?,
            // serde takes integers only: RFC 7519 allows fractions of a second, AuthKit does not use them.
            Claim::ExpiresAt => self.expires_at = Some(map.next_value()?),
            Claim::IssuedAt => self.issued_at = Some(map.next_value()?),
            Claim::NotBefore => self.not_before = Some(map.next_value()?),
            Claim::SessionId => self.session_id = text(map)?,
            Claim::OrganizationId => self.organization_id = text(map)?,
            Claim::ClientId => self.client_id = text(map)?,
            Claim::TokenId => self.token_id = text(map)?,
            Claim::Scope => self.scope = text(map)?,
            // A JWT template may give these any shape; one that is not ours is no reason to lock users out.
            Claim::Role => self.role = map.next_value_seed(FittingSeed(PhantomData))?,
            Claim::Roles => self.roles = map.next_value_seed(FittingSeed(PhantomData))?,
            Claim::Permissions => {
                self.permissions = map.next_value_seed(FittingSeed(PhantomData))?;
            }
            Claim::FeatureFlags => {
                self.feature_flags = map.next_value_seed(FittingSeed(PhantomData))?;
            }
            Claim::Confirmation | Claim::Nonce | Claim::AccessTokenHash => {
                return Err(A::Error::custom("unacceptable claim"));
            }
        }
        Ok(())
    }
}

fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    map.next_value().map(|Text(text)| Some(text))
}

struct AudiencesSeed;

impl<'de> DeserializeSeed<'de> for AudiencesSeed {
    type Value = Audiences<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        match json.deserialize_any(Lenient::<Audiences<'de>>(PhantomData))? {
            Audiences::None => Err(D::Error::custom("not an audience")),
            audiences => Ok(audiences),
        }
    }
}

impl<'de> Fitting<'de> for Audiences<'de> {
    fn misfit() -> Self {
        Self::None
    }

    fn text(text: Cow<'de, str>) -> Self {
        Self::One(text)
    }

    fn items<A: SeqAccess<'de>>(items: A) -> Result<Self, A::Error> {
        Ok(<Option<Vec<_>>>::items(items)?.map_or(Self::None, Self::Several))
    }
}

struct FittingSeed<T>(PhantomData<T>);

impl<'de, T: Fitting<'de>> DeserializeSeed<'de> for FittingSeed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T, D::Error> {
        json.deserialize_any(Lenient(PhantomData))
    }
}

impl<'de> Fitting<'de> for Option<Cow<'de, str>> {
    fn misfit() -> Self {
        None
    }

    fn text(text: Cow<'de, str>) -> Self {
        Some(text)
    }
}

/// Strings and nothing else among them.
impl<'de> Fitting<'de> for Option<Vec<Cow<'de, str>>> {
    fn misfit() -> Self {
        None
    }

    fn items<A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        let mut texts = Some(Vec::new());
        while let Some(item) =
            items.next_element_seed(FittingSeed::<Option<Cow<'de, str>>>(PhantomData))?
        {
            match (&mut texts, item) {
                (Some(texts), Some(text)) => texts.push(text),
                _ => texts = None,
            }
        }
        Ok(texts)
    }
}
