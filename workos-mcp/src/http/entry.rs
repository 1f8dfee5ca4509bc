//! Who may enter: a good token, and the rule for the whole server.

use std::pin::Pin;

use http::HeaderMap;

use super::{bearer, hold::Missing};
use crate::{
    api_key::{self, ApiKeys},
    authority::{Questions, Resolved},
    context::Context,
    error::Error,
    metrics::{self, Credential, Verification},
    principal::Principal,
    provider::Provider,
    rule::{Judgement, judge, told},
    token::{self, Check, Recalled},
};

/// Why somebody does not enter.
pub(super) enum Denied {
    /// What was presented as a token has not the form of one.
    Malformed,
    Token(token::Refusal),
    ApiKey(api_key::Refusal),
    /// The rule for the server does not hold.
    NotAllowed,
    /// It would hold with these scopes.
    Lacks(Context, Missing),
    /// It cannot be told now.
    Unavailable(Error),
}

/// A decision that takes a while.
pub(super) type Entry = Pin<Box<dyn Future<Output = Result<Context, Denied>> + Send>>;

/// Decides about a bearer token, or else gives the decision that has to ask for keys or WorkOS.
pub(super) fn of_bearer(
    bearer: &[u8],
    provider: &Provider,
    headers: &HeaderMap,
) -> Result<Result<Context, Denied>, Entry> {
    let unseen = match provider.verifier().recall(bearer) {
        Recalled::Known(Ok(principal)) => return of_principal(principal, provider, headers),
        Recalled::Known(Err(refusal)) => return Ok(Err(Denied::Token(refusal))),
        Recalled::Unseen(unseen) => unseen,
    };
    let Some(bearer) = bearer::text(bearer) else {
        return Ok(Err(Denied::Malformed));
    };
    let check = match provider.api_keys() {
        Some(keys) => keys.check(bearer),
        None => ApiKeys::turn_away(bearer).map(api_key::Check::Refused),
    };
    if let Some(check) = check {
        return match check {
            api_key::Check::Good(key) => {
                metrics::verification(Credential::ApiKey, Verification::Accepted);
                of_principal(Principal::ApiKey(key), provider, headers)
            }
            api_key::Check::Refused(refusal) => {
                metrics::verification(Credential::ApiKey, (&refusal).into());
                Ok(Err(Denied::ApiKey(refusal)))
            }
            api_key::Check::NeedsAsking => Err(of_api_key(bearer.to_owned(), provider, headers)),
        };
    }
    match provider.verifier().check_unseen(bearer, &unseen) {
        Check::Verified(principal) => of_principal(principal, provider, headers),
        Check::Refused(refusal) => Ok(Err(Denied::Token(refusal))),
        Check::NeedsKeys => Err(of_token(bearer.to_owned(), provider, headers)),
    }
}

/// Decides by what the token says, or else gives the decision that asks WorkOS.
fn of_principal(
    principal: Principal,
    provider: &Provider,
    headers: &HeaderMap,
) -> Result<Result<Context, Denied>, Entry> {
    let before = asked_before(provider, headers);
    let require = provider.config().rules.require.as_ref();
    if let (true, None) = (before.is_empty(), require) {
        return Ok(Ok(Context::new(Some(principal), provider.clone())));
    }
    let context = Context::new(Some(principal.clone()), provider.clone());
    if let (true, Some(rule)) = (before.is_empty(), require) {
        let need = std::iter::once(rule.need());
        if let Ok(judgement) = told(&context, &principal, need, &Resolved::default()) {
            return Ok(entered(context, judgement));
        }
    }
    Err(Box::pin(enter(context, principal, before)))
}

/// Decides once there are keys that the token can be verified with.
fn of_token(token: String, provider: &Provider, headers: &HeaderMap) -> Entry {
    let provider = provider.clone();
    let before = asked_before(&provider, headers);
    Box::pin(async move {
        let verified = provider.verifier().verify(&token).await;
        let principal = verified.map_err(Denied::Token)?;
        let context = Context::new(Some(principal.clone()), provider);
        enter(context, principal, before).await
    })
}

/// Decides once WorkOS has said what it knows of the key.
fn of_api_key(bearer: String, provider: &Provider, headers: &HeaderMap) -> Entry {
    let provider = provider.clone();
    let before = asked_before(&provider, headers);
    Box::pin(async move {
        let Some(keys) = provider.api_keys() else {
            return Err(Denied::NotAllowed);
        };
        let answer = keys.ask(&bearer).await;
        let outcome = answer
            .as_ref()
            .map_or_else(Verification::from, |_| Verification::Accepted);
        metrics::verification(Credential::ApiKey, outcome);
        let key = answer.map_err(Denied::ApiKey)?;
        let principal = Principal::ApiKey(key);
        let context = Context::new(Some(principal.clone()), provider);
        enter(context, principal, before).await
    })
}

async fn enter(
    context: Context,
    principal: Principal,
    before: Questions,
) -> Result<Context, Denied> {
    if !before.is_empty() {
        // Whether it can be told is for the call itself to say.
        let _ = context.resolve(&principal, before).await;
    }
    let Ok(provider) = context.provider().cloned() else {
        return Err(Denied::NotAllowed);
    };
    match &provider.config().rules.require {
        None => Ok(context),
        Some(rule) => {
            let judgement = judge(&context, &principal, std::iter::once(rule.need())).await;
            entered(context, judgement)
        }
    }
}

fn entered(context: Context, judgement: Judgement<'_>) -> Result<Context, Denied> {
    match judgement {
        Judgement::Met => Ok(context),
        Judgement::Unmet => Err(Denied::NotAllowed),
        Judgement::Lacks(scopes) => {
            let missing = scopes.into_iter().map(Into::into).collect();
            Err(Denied::Lacks(context, missing))
        }
        Judgement::Unavailable(error) => Err(Denied::Unavailable(error)),
    }
}

/// What must be known of a caller before the inner service sees this request.
#[cfg(feature = "rmcp")]
fn asked_before(provider: &Provider, headers: &HeaderMap) -> Questions {
    provider.noticed().before(headers)
}

#[cfg(not(feature = "rmcp"))]
fn asked_before(_: &Provider, _: &HeaderMap) -> Questions {
    Questions::default()
}
