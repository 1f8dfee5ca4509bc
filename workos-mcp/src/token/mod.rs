//! Verifying a bearer token: is it one that this issuer signed for this server, and is it its time?
//!
//! ```text
//! length → verified before? → three segments → header → key → signature → claims
//! ```
//!
//! Cheap checks come first, and nothing of a token is believed before its signature verified.

#[cfg(feature = "__bench")]
pub(crate) mod bench;
mod cache;
mod claims;
mod compact;
mod header;
mod object;
#[cfg(feature = "__fuzz")]
pub(crate) mod properties;
mod refusal;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use url::Url;

pub(crate) use self::refusal::{Reason, Refusal};
use self::{
    cache::{VerifiedToken, VerifiedTokens},
    claims::Claims,
    compact::Compact,
    rules::Rules,
};
use crate::{
    Limits,
    bearer_tag::BearerTag,
    jwks::{Key, KeySet, Lookup, Missing, Now},
    principal::Principal,
};

/// Whose tokens, for whom.
pub(crate) struct VerifierConfig {
    /// Compared with `iss` byte for byte.
    pub(crate) issuer: Arc<str>,
    pub(crate) key_set_url: Url,
    /// Each compared with `aud` byte for byte.
    pub(crate) audiences: Vec<String>,
    /// The environment's client id.
    pub(crate) client_id: Option<String>,
    /// Whether `client_id` is an audience too, for the clients of `client_ids` only.
    pub(crate) accept_client_id_audience: bool,
    /// When set, the `client_id` of a user's token must be one of these.
    pub(crate) client_ids: Option<Vec<String>>,
    /// The machine-to-machine applications that are accepted.
    pub(crate) machines: Vec<String>,
    pub(crate) limits: Limits,
}

/// Verifies the tokens of one issuer and remembers the good ones.
pub(crate) struct Verifier {
    rules: Rules,
    token_bytes: usize,
    keys: Arc<KeySet>,
    verified: VerifiedTokens,
}

/// What can be said of a token without waiting.
#[derive(Debug)]
pub(crate) enum Check {
    Verified(Principal),
    Refused(Refusal),
    /// Only [`Verifier::verify`] can tell.
    NeedsKeys,
}

enum Step<'t> {
    Done(Result<Principal, Refusal>),
    NeedsKey(Candidate<'t>),
}

/// A token that is worth a signature check.
struct Candidate<'t> {
    tag: BearerTag,
    compact: Compact<'t>,
    key_id: Box<str>,
}

impl Verifier {
    pub(crate) fn new(config: VerifierConfig, http: reqwest::Client) -> Arc<Self> {
        let keys = KeySet::new(config.key_set_url.clone(), http, &config.limits);
        Self::with_keys(config, keys)
    }

    fn with_keys(config: VerifierConfig, keys: Arc<KeySet>) -> Arc<Self> {
        Arc::new(Self {
            token_bytes: config.limits.token_bytes,
            verified: VerifiedTokens::new(config.limits.verified_tokens),
            rules: Rules::new(config),
            keys,
        })
    }

    /// What can be said without waiting. With the keys at hand that is everything.
    pub(crate) fn check(&self, token: &str) -> Check {
        let Some(now) = Now::read() else {
            return Check::Refused(Reason::Clock.into());
        };
        self.check_at(token, &now)
    }

    fn check_at(&self, token: &str, now: &Now) -> Check {
        match self.step(token, now) {
            Step::Done(Ok(principal)) => Check::Verified(principal),
            Step::Done(Err(refusal)) => Check::Refused(refusal),
            Step::NeedsKey(_) => Check::NeedsKeys,
        }
    }

    /// The whole answer, however the keys have to be had; takes no longer than fetching them twice may.
    pub(crate) async fn verify(self: &Arc<Self>, token: &str) -> Result<Principal, Refusal> {
        let now = Now::read().ok_or(Reason::Clock)?;
        let candidate = match self.step(token, &now) {
            Step::Done(answer) => return answer,
            Step::NeedsKey(candidate) => candidate,
        };
        let key = self.keys.bring(&candidate.key_id).await?;
        let now = Now::read().ok_or(Reason::Clock)?;
        self.verify_with(&key, candidate.tag, &candidate.compact, &now)
    }

    /// Starts loading the keys, so that the first request finds them. Does nothing outside of a tokio runtime.
    #[cfg(feature = "rmcp")]
    pub(crate) fn warm_up(self: &Arc<Self>) {
        self.keys.warm_up();
    }

    fn step<'t>(&self, token: &'t str, now: &Now) -> Step<'t> {
        if token.len() > self.token_bytes {
            return Step::Done(Err(Reason::TooLong.into()));
        }
        let tag = self.verified.tag(token);
        if let Some(answer) = self.recall(tag, now) {
            return Step::Done(answer);
        }
        self.step_unknown(tag, token, now)
            .unwrap_or_else(|refusal| Step::Done(Err(refusal)))
    }

    fn recall(&self, tag: BearerTag, now: &Now) -> Option<Result<Principal, Refusal>> {
        let known = self.verified.get(tag)?;
        if !self.keys.vouches(known.signed_by, now) {
            self.verified.remove(tag);
            return None;
        }
        if self.rules.is_over(known.expires_at, now) {
            self.verified.remove(tag);
            return Some(Err(Refusal::Expired));
        }
        Some(Ok(known.principal))
    }

    fn step_unknown<'t>(
        &self,
        tag: BearerTag,
        token: &'t str,
        now: &Now,
    ) -> Result<Step<'t>, Refusal> {
        let compact = Compact::split(token)?;
        if let Some(key) = self.keys.recognize(compact.header, now) {
            return Ok(Step::Done(self.verify_with(&key, tag, &compact, now)));
        }
        let header = compact::decode_text(compact.header)?;
        let key_id = header::Header::key_id(&header)?;
        if let Some(key) = self.keys.find(&key_id, now) {
            return Ok(Step::Done(self.verify_with(&key, tag, &compact, now)));
        }
        self.is_worth_a_key(&compact)?;
        match self.keys.look_up(&key_id, now) {
            Lookup::Found(key) => Ok(Step::Done(self.verify_with(&key, tag, &compact, now))),
            Lookup::Missing(missing) => Err(missing.into()),
            Lookup::MayCome => Ok(Step::NeedsKey(Candidate {
                tag,
                compact,
                key_id: key_id.into(),
            })),
        }
    }

    /// Garbage and other issuers' tokens are no reason to ask this issuer for keys: no key would make them good.
    fn is_worth_a_key(&self, compact: &Compact<'_>) -> Result<(), Reason> {
        compact.with_signature(|_| Ok(()))?;
        let payload = compact::decode_text(compact.payload)?;
        if self.rules.is_issuer(&Claims::read(&payload)?) {
            Ok(())
        } else {
            Err(Reason::Issuer)
        }
    }

    fn verify_with(
        &self,
        key: &Arc<Key>,
        tag: BearerTag,
        compact: &Compact<'_>,
        now: &Now,
    ) -> Result<Principal, Refusal> {
        compact.with_signature(|signature| {
            key.verify(compact.signed.as_bytes(), signature)
                .map_err(|_| Reason::Signature)
        })?;
        key.remember_header(compact.header);
        let payload = compact::decode_text(compact.payload)?;
        let payload_bytes = payload.len();
        let (principal, expires_at) = self.rules.accept(payload, now)?;
        self.verified.insert(
            tag,
            VerifiedToken {
                principal: principal.clone(),
                signed_by: key.generation(),
                expires_at,
                payload_bytes,
            },
        );
        Ok(principal)
    }
}

impl From<Missing> for Refusal {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Unknown => Reason::UnknownKey.into(),
            Missing::Unavailable { retry_after } => Self::KeysUnavailable { retry_after },
        }
    }
}
