//! An access token that nobody signed.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use crate::principal::VerifiedClaims;

const ISSUER: &str = "https://testing.authkit.app";

/// What the token says.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) subject: Box<str>,
    pub(super) session_id: Option<Box<str>>,
    pub(super) organization_id: Option<Box<str>>,
    pub(super) client_id: Option<Box<str>>,
    pub(super) scopes: Vec<Box<str>>,
    pub(super) role: Option<Box<str>>,
    pub(super) roles: Option<Vec<Box<str>>>,
    pub(super) permissions: Option<Vec<Box<str>>>,
    pub(super) feature_flags: Option<Vec<Box<str>>>,
    pub(super) issued_at: SystemTime,
    pub(super) lifetime: Duration,
    pub(super) claims: Map<String, Value>,
}

impl Token {
    /// One with nothing to it, and an hour to live.
    pub(super) fn of(subject: Box<str>) -> Self {
        Self {
            subject,
            session_id: None,
            organization_id: None,
            client_id: None,
            scopes: Vec::new(),
            role: None,
            roles: None,
            permissions: None,
            feature_flags: None,
            issued_at: SystemTime::now(),
            lifetime: Duration::from_secs(3600),
            claims: Map::new(),
        }
    }

    pub(super) fn verified(self) -> VerifiedClaims {
        let seconds = |time: SystemTime| {
            time.duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs()
        };
        let (issued_at, expires_at) = (
            seconds(self.issued_at),
            seconds(self.issued_at + self.lifetime),
        );
        let mut claims = self.claims;
        claims.extend([
            ("iss".to_owned(), json!(ISSUER)),
            ("sub".to_owned(), json!(self.subject)),
            ("iat".to_owned(), json!(issued_at)),
            ("exp".to_owned(), json!(expires_at)),
            ("scope".to_owned(), json!(self.scopes.join(" "))),
        ]);
        for (name, value) in [
            ("sid", &self.session_id),
            ("org_id", &self.organization_id),
            ("client_id", &self.client_id),
            ("role", &self.role),
        ] {
            if let Some(value) = value {
                claims.insert(name.to_owned(), json!(value));
            }
        }
        for (name, values) in [
            ("roles", &self.roles),
            ("permissions", &self.permissions),
            ("feature_flags", &self.feature_flags),
        ] {
            if let Some(values) = values {
                claims.insert(name.to_owned(), json!(values));
            }
        }
        let roles = match (self.roles, self.role.clone()) {
            (None, None) => None,
            (roles, role) => Some(roles.into_iter().flatten().chain(role).collect()),
        };
        VerifiedClaims {
            issuer: ISSUER.into(),
            subject: self.subject,
            session_id: self.session_id,
            organization_id: self.organization_id,
            client_id: self.client_id,
            scopes: self.scopes.into(),
            role: self.role,
            roles,
            permissions: self.permissions.map(Into::into),
            feature_flags: self.feature_flags.map(Into::into),
            issued_at,
            expires_at,
            payload: Value::Object(claims).to_string().into(),
        }
    }
}
