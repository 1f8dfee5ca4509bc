//! Verifying a bearer token: is it one that an issuer of ours signed for this server, and is it its time?
//!
//! ```text
//! length → verified before? → three segments → issuer, of several → header → key → signature → claims
//! ```
//!
//! Cheap checks come first, and nothing of a token is believed before its signature verified.

#[cfg(feature = "__bench")]
pub(crate) mod bench;
mod cache;
mod claims;
mod compact;
mod header;
mod issuers;
mod object;
#[cfg(feature = "__fuzz")]
pub(crate) mod properties;
mod refusal;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::{
    cache::{VerifiedToken, VerifiedTokens},
    claims::Claims,
    compact::Compact,
    issuers::Issuers,
    rules::Rules,
};
pub(crate) use self::{
    issuers::Issuer,
    refusal::{Reason, Refusal},
};
use crate::{
    Limits,
    bearer_tag::BearerTag,
    jwks::{Key, Lookup, Missing, Now},
    metrics::{self, Credential, Verification},
    principal::Principal,
};

/// Whose tokens, for whom.
pub(crate) struct VerifierConfig {
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

/// Verifies the tokens of its issuers and remembers the good ones.
pub(crate) struct Verifier {
    rules: Rules,
    token_bytes: usize,
    issuers: Issuers,
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

/// What is known of something that is presented as a token.
pub(crate) enum Recalled {
    Known(Result<Principal, Refusal>),
    Unseen(Unseen),
}

/// A token that was not verified lately, if it is one at all: what was found out of it, or why it cannot be verified.
pub(crate) struct Unseen(Result<(BearerTag, Now), Reason>);

enum Step<'v, 't> {
    Done(Result<Principal, Refusal>),
    NeedsKey(Candidate<'v, 't>),
}

/// A token that is worth a signature check.
struct Candidate<'v, 't> {
    tag: BearerTag,
    issuer: &'v Issuer,
    compact: Compact<'t>,
    key_id: Box<str>,
}

impl Verifier {
    pub(crate) fn new(config: VerifierConfig, issuers: Vec<Issuer>) -> Arc<Self> {
        Arc::new(Self {
            token_bytes: config.limits.token_bytes,
            verified: VerifiedTokens::new(config.limits.verified_tokens),
            rules: Rules::new(config),
            issuers: Issuers::new(issuers),
        })
    }

    /// Whether a token was verified before, and what that is worth now.
    pub(crate) fn recall(&self, bearer: &[u8]) -> Recalled {
        match Now::read() {
            Some(now) => self.recall_at(bearer, now),
            None => Recalled::Unseen(Unseen(Err(Reason::Clock))),
        }
    }

    fn recall_at(&self, bearer: &[u8], now: Now) -> Recalled {
        if bearer.len() > self.token_bytes {
            return Recalled::Unseen(Unseen(Err(Reason::TooLong)));
        }
        let tag = self.verified.tag(bearer);
        match self.remembered(tag, &now) {
            Some(answer) => {
                metrics::remembered(true);
                Recalled::Known(counted(answer))
            }
            None => Recalled::Unseen(Unseen(Ok((tag, now)))),
        }
    }

    /// What can be said of another token without waiting. With the keys at hand that is everything.
    pub(crate) fn check_unseen(&self, token: &str, unseen: &Unseen) -> Check {
        match self.step(token, unseen) {
            Step::Done(answer) => match counted(answer) {
                Ok(principal) => Check::Verified(principal),
                Err(refusal) => Check::Refused(refusal),
            },
            Step::NeedsKey(_) => Check::NeedsKeys,
        }
    }

    /// Both in one.
    #[cfg(any(test, feature = "__bench", feature = "__fuzz"))]
    pub(crate) fn check(&self, token: &str) -> Check {
        match Now::read() {
            Some(now) => self.check_at(token, now),
            None => Check::Refused(Reason::Clock.into()),
        }
    }

    #[cfg(any(test, feature = "__bench", feature = "__fuzz"))]
    fn check_at(&self, token: &str, now: Now) -> Check {
        match self.recall_at(token.as_bytes(), now) {
            Recalled::Known(Ok(principal)) => Check::Verified(principal),
            Recalled::Known(Err(refusal)) => Check::Refused(refusal),
            Recalled::Unseen(unseen) => self.check_unseen(token, &unseen),
        }
    }

    /// The whole answer, however the keys have to be had; takes no longer than fetching them twice may.
    pub(crate) async fn verify(self: &Arc<Self>, token: &str) -> Result<Principal, Refusal> {
        match self.recall(token.as_bytes()) {
            Recalled::Known(answer) => answer,
            Recalled::Unseen(unseen) => counted(self.bring_and_verify(token, &unseen).await),
        }
    }

    async fn bring_and_verify(
        self: &Arc<Self>,
        token: &str,
        unseen: &Unseen,
    ) -> Result<Principal, Refusal> {
        let candidate = match self.step(token, unseen) {
            Step::Done(answer) => return answer,
            Step::NeedsKey(candidate) => candidate,
        };
        let Candidate {
            tag,
            issuer,
            compact,
            key_id,
        } = candidate;
        let key = issuer.keys.bring(&key_id).await?;
        let now = Now::read().ok_or(Reason::Clock)?;
        self.verify_with(&key, issuer, tag, &compact, &now)
    }

    /// Starts loading the keys, so that the first request finds them. Does nothing outside of a tokio runtime.
    #[cfg(feature = "rmcp")]
    pub(crate) fn warm_up(self: &Arc<Self>) {
        for issuer in self.issuers.iter() {
            issuer.keys.warm_up();
        }
    }

    fn step<'v, 't>(&'v self, token: &'t str, Unseen(unseen): &Unseen) -> Step<'v, 't> {
        let step = match unseen {
            Ok((tag, now)) => {
                metrics::remembered(false);
                self.step_unseen(token, *tag, now)
            }
            Err(reason) => Err((*reason).into()),
        };
        step.unwrap_or_else(|refusal| Step::Done(Err(refusal)))
    }

    fn remembered(&self, tag: BearerTag, now: &Now) -> Option<Result<Principal, Refusal>> {
        let known = self.verified.get(tag)?;
        let issuer = self.issuers.at(known.issuer);
        if !issuer.is_some_and(|issuer| issuer.keys.vouches(known.signed_by, now)) {
            self.verified.remove(tag);
            return None;
        }
        if self.rules.is_over(known.expires_at, now) {
            self.verified.remove(tag);
            return Some(Err(Refusal::Expired));
        }
        Some(Ok(known.principal))
    }

    fn step_unseen<'v, 't>(
        &'v self,
        token: &'t str,
        tag: BearerTag,
        now: &Now,
    ) -> Result<Step<'v, 't>, Refusal> {
        let compact = Compact::split(token)?;
        let issuer = self.issuers.of(&compact)?;
        let verified =
            |key: &Arc<Key>| Step::Done(self.verify_with(key, issuer, tag, &compact, now));
        if let Some(key) = issuer.keys.recognize(compact.header, now) {
            return Ok(verified(&key));
        }
        let header = compact::decode_text(compact.header)?;
        let key_id = header::Header::key_id(&header)?;
        if let Some(key) = issuer.keys.find(&key_id, now) {
            return Ok(verified(&key));
        }
        is_worth_a_key(&compact, issuer)?;
        match issuer.keys.look_up(&key_id, now) {
            Lookup::Found(key) => Ok(verified(&key)),
            Lookup::Missing(missing) => Err(missing.into()),
            Lookup::MayCome => Ok(Step::NeedsKey(Candidate {
                tag,
                issuer,
                compact,
                key_id: key_id.into(),
            })),
        }
    }

    fn verify_with(
        &self,
        key: &Arc<Key>,
        issuer: &Issuer,
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
        let (principal, expires_at) = self.rules.accept(payload, issuer, now)?;
        self.verified.insert(
            tag,
            VerifiedToken {
                principal: principal.clone(),
                issuer: issuer.place(),
                signed_by: key.generation(),
                expires_at,
                payload_bytes,
            },
        );
        Ok(principal)
    }
}

fn counted(answer: Result<Principal, Refusal>) -> Result<Principal, Refusal> {
    let outcome = answer
        .as_ref()
        .map_or_else(Verification::from, |_| Verification::Accepted);
    metrics::verification(Credential::Token, outcome);
    answer
}

/// Garbage and other issuers' tokens are no reason to ask this issuer for keys: no key would make them good.
fn is_worth_a_key(compact: &Compact<'_>, issuer: &Issuer) -> Result<(), Reason> {
    compact.with_signature(|_| Ok(()))?;
    let payload = compact::decode_text(compact.payload)?;
    if issuer.is_of(&Claims::read(&payload)?) {
        Ok(())
    } else {
        Err(Reason::Issuer)
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
