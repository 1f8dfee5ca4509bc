//! API keys of WorkOS as bearer tokens: does WorkOS vouch for this one, and was it given the permission that opens this
//! server?
//!
//! ```text
//! own secret? → shape → known? → asked about already? → budget → WorkOS
//! ```
//!
//! Every key of the environment would open every server of it; the permission is to a key what the audience is to a
//! token.

mod answer;
mod budget;
mod refusal;
mod shape;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_lc_rs::constant_time;
use futures_util::FutureExt;
use quick_cache::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};

pub(crate) use self::refusal::{Cause, Reason, Refusal};
#[cfg(feature = "rmcp")]
pub(crate) use self::shape::SHAPE;
use self::{answer::Described, budget::Budget};
use crate::{
    bearer_tag::{BearerTag, BearerTags},
    config::Config,
    limits::Limits,
    principal::{ApiKey, ApiKeyFacts},
    remembered::{Lately, capacity},
};

/// The keys that one provider lets in.
pub(crate) struct ApiKeys {
    permission: Box<str>,
    /// The WorkOS API that is asked.
    issuer: Arc<str>,
    own_secrets: Vec<(&'static str, SecretString)>,
    client: workos::Client,
    tags: BearerTags,
    /// Keys that were good when they were asked about last, however long ago. No stranger can push them out.
    good: Cache<BearerTag, Good>,
    refused: Lately<BearerTag, Answer>,
    budget: Budget,
    limits: Limits,
}

type Answer = Result<ApiKey, Refusal>;

#[derive(Clone)]
struct Good {
    key: ApiKey,
    /// Until when it is believed without asking again.
    until: Instant,
    expires_at: Option<SystemTime>,
}

/// What can be said of a bearer token that looks like a key without waiting.
pub(crate) enum Check {
    Good(ApiKey),
    Refused(Refusal),
    /// Only [`ApiKeys::ask`] can tell.
    NeedsAsking,
}

impl ApiKeys {
    /// `None` when there is no permission by which keys are let in, or no key to ask WorkOS with.
    pub(crate) fn new(config: &Config, client: Option<&workos::Client>) -> Option<Self> {
        let permission = config.api_keys.as_deref()?.into();
        let own_secrets = [
            ("api_key", &config.api_key),
            ("session_key", &config.session_key),
            ("previous_session_key", &config.previous_session_key),
        ];
        let limits = config.limits.clone();
        let tags = BearerTags::draw();
        let most = if tags.are_secret() {
            limits.api_keys
        } else {
            0
        };
        Some(Self {
            permission,
            issuer: config.api_url.as_str().into(),
            own_secrets: own_secrets
                .into_iter()
                .filter_map(|(field, secret)| Some((field, secret.clone()?)))
                .collect(),
            client: client?.clone(),
            tags,
            good: Cache::new(capacity(most)),
            refused: Lately::new(most),
            budget: Budget::new(limits.api_key_checks, limits.api_timeout, Instant::now()),
            limits,
        })
    }

    /// Whether this may be a key at all.
    #[cfg(feature = "rmcp")]
    pub(crate) fn is_key(bearer: &str) -> bool {
        shape::is_key(bearer)
    }

    /// What is said of a key where none is let in; `None` of what is no key.
    pub(crate) fn turn_away(bearer: &str) -> Option<Refusal> {
        let reason = if shape::is_key(bearer) {
            Reason::NoneLetIn
        } else if shape::begins_like_a_key(bearer) {
            Reason::Shape
        } else {
            return None;
        };
        Some(reason.into())
    }

    /// What can be said without waiting; `None` of what is no key.
    pub(crate) fn check(&self, bearer: &str) -> Option<Check> {
        if let Some(field) = self.own_secret(bearer) {
            return Some(Check::Refused(Reason::OwnSecret(field).into()));
        }
        if !shape::begins_like_a_key(bearer) {
            return None;
        }
        if !shape::is_key(bearer) {
            return Some(Check::Refused(Reason::Shape.into()));
        }
        let tag = self.tags.of(bearer.as_bytes());
        let known = self.recall(tag).or_else(|| self.refused.get(&tag));
        Some(match known {
            Some(Ok(key)) => Check::Good(key),
            Some(Err(refusal)) => Check::Refused(refusal),
            None => Check::NeedsAsking,
        })
    }

    /// The whole answer; takes no longer than waiting for leave to ask, and one request to WorkOS, may.
    pub(crate) async fn ask(self: &Arc<Self>, bearer: &str) -> Answer {
        match self.check(bearer) {
            None => return Err(Reason::Shape.into()),
            Some(Check::Good(key)) => return Ok(key),
            Some(Check::Refused(refusal)) => return Err(refusal),
            Some(Check::NeedsAsking) => {}
        }
        let tag = self.tags.of(bearer.as_bytes());
        let load = || {
            let (keys, bearer) = (Arc::clone(self), SecretString::from(bearer));
            async move { keys.load(tag, bearer.expose_secret()).await }.boxed()
        };
        let deadline = Instant::now() + self.limits.api_timeout * 2;
        let answer = self.refused.get_or_load(&tag, deadline, load).await;
        answer.unwrap_or_else(|| Err(Cause::Late.into()))
    }

    /// Which of this server's own secrets it is. Whoever presents one must not learn from WorkOS that it is good.
    fn own_secret(&self, bearer: &str) -> Option<&'static str> {
        let is_it = |secret: &SecretString| {
            let (secret, bearer) = (secret.expose_secret().as_bytes(), bearer.as_bytes());
            constant_time::verify_slices_are_equal(secret, bearer).is_ok()
        };
        let own = self.own_secrets.iter().find(|(_, secret)| is_it(secret));
        own.map(|(field, _)| *field)
    }

    /// What is known of a key that was good, as long as it is believed.
    fn recall(&self, tag: BearerTag) -> Option<Answer> {
        let good = self.good.get(&tag)?;
        if Instant::now() >= good.until {
            return None;
        }
        Some(if is_over(good.expires_at) {
            Err(Reason::Expired.into())
        } else {
            Ok(good.key)
        })
    }

    /// An answer, and how long to remember it besides what is remembered of good keys.
    async fn load(&self, tag: BearerTag, bearer: &str) -> (Answer, Duration) {
        // Another may have asked in the meantime.
        if let Some(known) = self.recall(tag) {
            return (known, Duration::ZERO);
        }
        // A flood of strangers must not keep a customer out whose key is known.
        let _leave = match self.good.get(&tag) {
            Some(_) => None,
            None => match self.budget.take().await {
                None => return (Err(Cause::Budget.into()), Duration::ZERO),
                leave => leave,
            },
        };
        // What WorkOS says may have changed since it was asked, so time counts from then.
        let asked = (Instant::now(), SystemTime::now());
        let told = timeout(self.limits.api_timeout, answer::ask(bearer, &self.client));
        let told = told.await.unwrap_or(Err(Cause::Late.into()));
        let answer = told.and_then(|key| self.accept(key, asked));
        match answer {
            Ok(good) => {
                self.good.insert(tag, good.clone());
                (Ok(good.key), Duration::ZERO)
            }
            Err(Refusal::Invalid(reason)) => {
                self.good.remove(&tag);
                (Err(reason.into()), self.limits.api_key_refusal_ttl)
            }
            Err(Refusal::Unavailable(cause)) => {
                tracing::error!(%cause, "an API key cannot be checked: {cause}");
                (Err(cause.into()), self.limits.api_key_failure_ttl)
            }
        }
    }

    fn accept(&self, key: Described, asked: (Instant, SystemTime)) -> Result<Good, Refusal> {
        if !key.permissions.contains(&self.permission) {
            return Err(Reason::Permission.into());
        }
        if is_over(key.expires_at) {
            return Err(Reason::Expired.into());
        }
        let ttl = self.limits.api_key_ttl;
        let believed = asked.1 + ttl;
        Ok(Good {
            until: asked.0 + ttl,
            expires_at: key.expires_at,
            key: ApiKey::new(ApiKeyFacts {
                issuer: self.issuer.clone(),
                id: key.id,
                name: key.name,
                organization_id: Some(key.organization_id),
                user_id: key.user_id,
                permissions: key.permissions,
                good_until: key
                    .expires_at
                    .map_or(believed, |expires| expires.min(believed)),
            }),
        })
    }
}

/// The clock that counts is ours, and without leeway: whose key ends has another one.
fn is_over(expires_at: Option<SystemTime>) -> bool {
    expires_at.is_some_and(|expires| SystemTime::now() >= expires)
}
