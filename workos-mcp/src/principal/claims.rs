//! What an access token says, verified.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::de::DeserializeOwned;

use crate::error::Error;

/// What [`crate::token`] found in a token whose signature, issuer, audience and times hold.
pub(crate) struct VerifiedClaims {
    pub(crate) issuer: Arc<str>,
    pub(crate) subject: Box<str>,
    pub(crate) session_id: Option<Box<str>>,
    pub(crate) organization_id: Option<Box<str>>,
    pub(crate) client_id: Option<Box<str>>,
    /// As granted, in the token's order.
    pub(crate) scopes: Box<[Box<str>]>,
    pub(crate) role: Option<Box<str>>,
    /// With the one of `role` among them.
    pub(crate) roles: Option<Box<[Box<str>]>>,
    pub(crate) permissions: Option<Box<[Box<str>]>>,
    pub(crate) feature_flags: Option<Box<[Box<str>]>>,
    /// Unix seconds.
    pub(crate) issued_at: u64,
    /// Unix seconds.
    pub(crate) expires_at: u64,
    /// The claims as JSON text, for types of the user's.
    pub(crate) payload: Box<str>,
}

impl VerifiedClaims {
    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| **granted == *scope)
    }

    pub(super) fn issued_at(&self) -> SystemTime {
        time(self.issued_at)
    }

    pub(super) fn expires_at(&self) -> SystemTime {
        time(self.expires_at)
    }

    fn identity(&self) -> (&str, &str, Option<&str>) {
        let organization_id = self.organization_id.as_deref();
        (&self.issuer, &self.subject, organization_id)
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.payload).map_err(|error| Error::claims::<T>(&error))
    }
}

/// Those of one principal are equal, whatever else their tokens say.
impl PartialEq for VerifiedClaims {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for VerifiedClaims {}

impl Hash for VerifiedClaims {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// Nothing of ours is about times after the year 9999, which not every system can tell.
fn time(unix_seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(unix_seconds.min(253_402_300_799))
}
