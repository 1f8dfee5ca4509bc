//! What the claims must say for a token to be ours, now.

use std::{borrow::Cow, sync::Arc};

use super::{VerifierConfig, claims::Claims, issuers::Issuer, refusal::Reason, refusal::Refusal};
use crate::{
    jwks::Now,
    principal::{Machine, Principal, Session, VerifiedClaims},
};

/// 9999-12-31T23:59:59Z: later times do not fit everywhere a time goes from here.
const LAST_SECOND: u64 = 253_402_300_799;
const SUBJECT_BYTES: usize = 256;

pub(super) struct Rules {
    audiences: Vec<String>,
    client_id: Option<String>,
    accept_client_id_audience: bool,
    client_ids: Option<Vec<String>>,
    machines: Vec<String>,
    leeway: u64,
}

impl Rules {
    pub(super) fn new(config: VerifierConfig) -> Self {
        Self {
            audiences: config.audiences,
            client_id: config.client_id,
            accept_client_id_audience: config.accept_client_id_audience,
            client_ids: config.client_ids,
            machines: config.machines,
            leeway: config.limits.clock_leeway.as_secs(),
        }
    }

    /// Whether a token that expires at `expires_at` is over at `now`.
    pub(super) fn is_over(&self, expires_at: u64, now: &Now) -> bool {
        expires_at.saturating_add(self.leeway) <= now.unix
    }

    /// Whom a token is of that a key of `issuer` signed, and when it expires. All of `payload` is kept.
    pub(super) fn accept(
        &self,
        payload: Box<str>,
        issuer: &Issuer,
        now: &Now,
    ) -> Result<(Principal, u64), Refusal> {
        let (kind, mut verified) = self.judge(Claims::read(&payload)?, issuer, now)?;
        verified.payload = payload;
        let expires_at = verified.expires_at;
        let principal = match kind {
            Kind::User => Principal::User(Session::new(verified)),
            Kind::Machine => Principal::Machine(Machine::new(verified)),
        };
        Ok((principal, expires_at))
    }

    fn judge(
        &self,
        claims: Claims<'_>,
        issuer: &Issuer,
        now: &Now,
    ) -> Result<(Kind, VerifiedClaims), Refusal> {
        if !issuer.is_of(&claims) {
            return Err(Reason::Issuer.into());
        }
        let kind = self.kind(&claims);
        match kind {
            Kind::User => self.check_audience(&claims)?,
            Kind::Machine => self.check_machine(&claims)?,
        }
        let identifiers = [
            &claims.session_id,
            &claims.organization_id,
            &claims.client_id,
            &claims.token_id,
        ];
        if !identifiers.into_iter().flatten().all(|id| is_plain(id)) {
            return Err(Reason::Identifier.into());
        }
        let subject = claims.subject.ok_or(Reason::Subject)?;
        if !is_plain(&subject) || subject.len() > SUBJECT_BYTES {
            return Err(Reason::Subject.into());
        }
        if matches!(kind, Kind::User) && !is_user(&subject, claims.client_id.as_deref()) {
            return Err(Reason::NotAUser.into());
        }
        let scope = claims.scope.as_deref().unwrap_or_default();
        // Only a space separates scopes: what another server would split must not pass here as one name.
        if !is_printable(scope) {
            return Err(Reason::Scope.into());
        }
        let issued_at = claims
            .issued_at
            .filter(|at| is_time(*at))
            .ok_or(Reason::IssuedAt)?;
        let expires_at = claims
            .expires_at
            .filter(|at| is_time(*at))
            .ok_or(Reason::Expiry)?;
        if !claims.not_before.is_none_or(is_time) {
            return Err(Reason::NotBefore.into());
        }
        let latest_start = now.unix.saturating_add(self.leeway);
        if issued_at > latest_start {
            return Err(Reason::IssuedInFuture.into());
        }
        if claims.not_before.is_some_and(|start| start > latest_start) {
            return Err(Reason::NotYetValid.into());
        }
        // Last, because "expired" is an answer of its own, given to nobody but a token's rightful holder.
        if self.is_over(expires_at, now) {
            return Err(Refusal::Expired);
        }
        let verified = VerifiedClaims {
            issuer: Arc::clone(&issuer.name),
            subject: subject.into(),
            session_id: claims.session_id.map(Into::into),
            organization_id: claims.organization_id.map(Into::into),
            client_id: claims.client_id.map(Into::into),
            scopes: scope
                .split(' ')
                .filter(|scope| !scope.is_empty())
                .map(Into::into)
                .collect(),
            roles: match (claims.roles, &claims.role) {
                (Some(roles), role) => Some(words(roles.into_iter().chain(role.clone()))),
                (None, Some(role)) => Some(words([role.clone()])),
                (None, None) => None,
            },
            role: claims.role.map(Into::into),
            permissions: claims.permissions.map(words),
            feature_flags: claims.feature_flags.map(words),
            issued_at,
            expires_at,
            payload: Box::default(),
        };
        Ok((kind, verified))
    }

    /// A machine's token is for one of the machines, and says so in both places; no other token is.
    fn kind(&self, claims: &Claims<'_>) -> Kind {
        let subject = claims.subject.as_deref().unwrap_or_default();
        let is_machine = self.machines.iter().any(|machine| machine == subject);
        if is_machine && !is_user(subject, claims.client_id.as_deref()) {
            Kind::Machine
        } else {
            Kind::User
        }
    }

    /// AuthKit issues a machine's token for the environment, never for a resource indicator, and without a consent
    /// ([WorkOS, token claims](https://workos.com/docs/authkit/connect/token-claims)).
    fn check_machine(&self, claims: &Claims<'_>) -> Result<(), Reason> {
        if claims.session_id.is_some() || claims.client_id != claims.subject {
            return Err(Reason::NotAMachine);
        }
        let Some(environment) = &self.client_id else {
            return Err(Reason::Audience);
        };
        if claims.audiences.any(|audience| audience == environment) {
            Ok(())
        } else {
            Err(Reason::Audience)
        }
    }

    fn check_audience(&self, claims: &Claims<'_>) -> Result<(), Reason> {
        let is_ours = |audience: &str| self.audiences.iter().any(|ours| *ours == audience);
        let names_client_id = || {
            claims.audiences.any(|audience| match &self.client_id {
                Some(client_id) => audience == client_id,
                None => audience.starts_with("client_"),
            })
        };
        let is_listed_client = || {
            let client_ids = self.client_ids.as_deref()?;
            let client_id = claims.client_id.as_deref();
            Some(client_ids.iter().any(|listed| Some(&**listed) == client_id))
        };
        if claims.audiences.any(is_ours) {
            return match is_listed_client() {
                None | Some(true) => Ok(()),
                Some(false) => Err(Reason::Client),
            };
        }
        if !names_client_id() {
            return Err(Reason::Audience);
        }
        // Every application of the environment gets tokens for this audience: without a list of
        // clients it says nothing.
        if !self.accept_client_id_audience || self.client_id.is_none() {
            // A machine's token always is for it, so that says nothing about what is registered.
            let subject = claims.subject.as_deref().unwrap_or_default();
            return Err(if is_user(subject, claims.client_id.as_deref()) {
                Reason::AudienceIsClientId
            } else {
                Reason::NotAUser
            });
        }
        match is_listed_client() {
            Some(true) => Ok(()),
            None | Some(false) => Err(Reason::Client),
        }
    }
}

/// Whom a token may be of.
#[derive(Clone, Copy)]
enum Kind {
    User,
    Machine,
}

/// A machine's subject is its own client id, whatever that looks like.
fn is_user(subject: &str, client_id: Option<&str>) -> bool {
    subject.starts_with("user_") && client_id != Some(subject)
}

/// What may be an identifier: an empty one would be a principal without a name, and a control character
/// ends up in logs and headers.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && is_printable(text)
}

fn is_printable(text: &str) -> bool {
    let is_ascii = |printable, byte| printable & matches!(byte, b' '..=b'~');
    text.bytes().fold(true, is_ascii) || !text.contains(char::is_control)
}

fn is_time(seconds: u64) -> bool {
    seconds <= LAST_SECOND
}

fn words<'p>(words: impl IntoIterator<Item = Cow<'p, str>>) -> Box<[Box<str>]> {
    words.into_iter().map(Into::into).collect()
}
