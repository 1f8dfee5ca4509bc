//! The last wall, which generated code puts into the guarded function itself.
//!
//! What waits is boxed in here. The compiler builds the future of an `async` function again in every crate that awaits it, with
//! all that it awaits in turn, and proves at every `await` anew that it is `Send`: that was most of what a guarded tool took to compile.

use futures_util::{FutureExt, future::BoxFuture};

use super::{Judgement, Need, Rule, judge, judge_now, unmet_rule};
use crate::{
    context::Context,
    error::{Error, ErrorKind},
    metrics,
    principal::{Principal, Session},
};

/// Refuses all but users, and users who may not run the function; asks WorkOS where it must.
///
/// # Errors
///
/// As [`session`](crate::session()), and when a need is not met.
pub fn guard<'n>(needs: &'n [Need<'n>]) -> BoxFuture<'n, Result<Session, Error>> {
    async move {
        let context = current()?;
        let session = present(&context, Context::session)?.clone();
        held(&context, context.principal()?, needs).await?;
        Ok(session)
    }
    .boxed()
}

/// The same by what the token says and what was asked for this request before.
///
/// # Errors
///
/// As [`session`](crate::session()), and when a need is not met.
pub fn guard_now(needs: &[Need<'_>]) -> Result<Session, Error> {
    let context = current()?;
    let session = present(&context, Context::session)?.clone();
    held_now(&context, context.principal()?, needs)?;
    Ok(session)
}

/// Refuses who may not run the function, of whatever kind they are; asks WorkOS where it must.
///
/// # Errors
///
/// As [`principal`](crate::principal()), and when a need is not met.
pub fn guard_principal<'n>(needs: &'n [Need<'n>]) -> BoxFuture<'n, Result<Principal, Error>> {
    async move {
        let context = current()?;
        let principal = present(&context, Context::principal)?;
        held(&context, principal, needs).await?;
        Ok(principal.clone())
    }
    .boxed()
}

/// The same by what the token says and what was asked for this request before.
///
/// # Errors
///
/// As [`principal`](crate::principal()), and when a need is not met.
pub fn guard_principal_now(needs: &[Need<'_>]) -> Result<Principal, Error> {
    let context = current()?;
    let principal = present(&context, Context::principal)?;
    held_now(&context, principal, needs)?;
    Ok(principal.clone())
}

fn current() -> Result<Context, Error> {
    Context::current().inspect_err(|_| {
        tracing::warn!("refused: a guarded function ran outside of a guarded request");
    })
}

/// Who the guard asks for, or a refusal that the guard of the route can turn into a challenge.
fn present<'c, P>(
    context: &'c Context,
    caller: impl Fn(&'c Context) -> Result<P, Error>,
) -> Result<P, Error> {
    context.caller(caller).inspect_err(|error| {
        metrics::refused(|| match error.kind() {
            ErrorKind::NotAUser => "user",
            _ => "sign_in",
        });
    })
}

async fn held(context: &Context, principal: &Principal, needs: &[Need<'_>]) -> Result<(), Error> {
    let judgement = judge(context, principal, needs.iter()).await;
    decided(judgement, needs, context, principal)
}

fn held_now(context: &Context, principal: &Principal, needs: &[Need<'_>]) -> Result<(), Error> {
    let judgement = judge_now(context, principal, needs.iter());
    decided(judgement, needs, context, principal)
}

fn decided(
    judgement: Judgement<'_>,
    needs: &[Need<'_>],
    context: &Context,
    principal: &Principal,
) -> Result<(), Error> {
    judgement.count(context, principal, needs);
    judgement.into_result(needs.iter()).inspect_err(|error| {
        // Where nothing has been answered yet, the guard of the route turns this into a challenge.
        context.note_refusal(error);
    })
}

impl<'n> Judgement<'n> {
    /// Counts it, if it is a refusal.
    pub(crate) fn count(&self, context: &Context, principal: &Principal, needs: &[Need<'_>]) {
        match self {
            Self::Lacks(_) => metrics::refused(|| "scope"),
            Self::Unmet => metrics::refused(|| unmet_rule(context, principal, needs.iter())),
            Self::Met | Self::Unavailable(_) => {}
        }
    }

    /// The refusal, if it is one.
    pub(crate) fn into_result(
        self,
        needs: impl Iterator<Item = &'n Need<'n>>,
    ) -> Result<(), Error> {
        match self {
            Self::Met => Ok(()),
            Self::Lacks(scopes) => Err(Error::insufficient_scope(&scopes)),
            Self::Unmet => Err(Error::forbidden(needs)),
            Self::Unavailable(error) => Err(error),
        }
    }
}

/// The session, or `None` when the request is guarded and no user is signed in.
///
/// # Errors
///
/// Outside of a guarded request.
pub fn optional_session() -> Result<Option<Session>, Error> {
    Ok(Context::current()?.session().ok().cloned())
}

/// Who is calling, or `None` when the request is guarded and nobody is signed in.
///
/// # Errors
///
/// Outside of a guarded request.
pub fn optional_principal() -> Result<Option<Principal>, Error> {
    Ok(Context::current()?.principal().ok().cloned())
}

impl Session {
    /// Checks a rule while a function runs, for what an attribute cannot say.
    ///
    /// Roles, permissions and feature flags that the token does not state are asked of the WorkOS API, as for
    /// [`authority`](crate::authority()).
    ///
    /// ```
    /// use workos_mcp::{Error, Rule, session};
    ///
    /// async fn my_tool(owner: &str) -> Result<&'static str, Error> {
    ///     let session = session()?;
    ///     if owner != session.user_id() {
    ///         session.check(&Rule::role("admin")).await?;
    ///     }
    ///     Ok("deleted")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`](crate::ErrorKind::Forbidden) when the rule does not hold,
    /// [`ErrorKind::InsufficientScope`](crate::ErrorKind::InsufficientScope) when only scopes are missing, and otherwise as
    /// [`authority`](crate::authority()).
    pub async fn check(&self, rule: &Rule) -> Result<(), Error> {
        checked(&Principal::User(self.clone()), rule).await
    }
}

impl Principal {
    /// Checks a rule while a function runs, as [`Session::check`] does, of whatever kind the caller is.
    ///
    /// ```
    /// use workos_mcp::{Error, Rule, principal};
    ///
    /// async fn my_tool() -> Result<&'static str, Error> {
    ///     principal()?.check(&Rule::permission("reports:publish")).await?;
    ///     Ok("published")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Session::check`].
    pub async fn check(&self, rule: &Rule) -> Result<(), Error> {
        checked(self, rule).await
    }
}

fn checked<'c>(principal: &'c Principal, rule: &'c Rule) -> BoxFuture<'c, Result<(), Error>> {
    async move {
        let context = Context::current()?;
        held(&context, principal, std::slice::from_ref(rule.need())).await
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Provider;

    #[tokio::test]
    async fn in_a_guarded_request_without_anybody_a_guard_says_to_sign_in() {
        let provider = Provider::builder()
            .authkit_domain("app.authkit.app")
            .base_url("https://mcp.example.com")
            .build()
            .unwrap();
        let signed_out = Context::new(None, provider);
        signed_out
            .run(|| async {
                for refused in [
                    guard_now(&[]).map(drop),
                    guard(&[]).await.map(drop),
                    guard_principal_now(&[]).map(drop),
                    guard_principal(&[]).await.map(drop),
                ] {
                    let refused = refused.unwrap_err();
                    assert_eq!(refused.kind(), ErrorKind::NotSignedIn);
                    assert_eq!(
                        refused.to_string(),
                        "nobody is signed in; sign in and call again"
                    );
                }
                assert!(optional_session().unwrap().is_none());
                assert!(optional_principal().unwrap().is_none());
            })
            .await;
        let outside = optional_session().unwrap_err();
        assert_eq!(outside.kind(), ErrorKind::SessionNotInitialized);
    }
}
