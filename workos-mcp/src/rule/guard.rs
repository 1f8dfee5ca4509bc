//! The last wall, which generated code puts into the guarded function itself.

use super::{Judgement, Need, Rule, judge, judge_now};
use crate::{context::Context, error::Error, session::Session};

/// Refuses who may not run the function; asks WorkOS where it must.
///
/// # Errors
///
/// As [`session`](crate::session()), and when a need is not met.
pub async fn guard(needs: &[Need<'_>]) -> Result<Session, Error> {
    let (context, session) = caller()?;
    let judgement = judge(&context, &session, needs.iter()).await;
    decided(judgement, needs, &context)?;
    Ok(session)
}

/// Refuses who may not run the function, by what the token says and what was asked for this request before.
///
/// # Errors
///
/// As [`session`](crate::session()), and when a need is not met.
pub fn guard_now(needs: &[Need<'_>]) -> Result<Session, Error> {
    let (context, session) = caller()?;
    decided(judge_now(&context, &session, needs.iter()), needs, &context)?;
    Ok(session)
}

fn caller() -> Result<(Context, Session), Error> {
    let context = Context::current().inspect_err(|_| {
        tracing::warn!("refused: a guarded function ran outside of a guarded request");
    })?;
    let session = context.session()?.clone();
    Ok((context, session))
}

fn decided(judgement: Judgement<'_>, needs: &[Need<'_>], context: &Context) -> Result<(), Error> {
    judgement.into_result(needs.iter()).inspect_err(|error| {
        // Where nothing has been answered yet, the guard of the route turns this into a challenge.
        context.note_refusal(error);
    })
}

impl<'n> Judgement<'n> {
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

/// The session, or `None` when the request is guarded and nobody is signed in.
///
/// # Errors
///
/// Outside of a guarded request.
pub fn optional_session() -> Result<Option<Session>, Error> {
    Ok(Context::current()?.session().ok().cloned())
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
        let context = Context::current()?;
        let need = std::slice::from_ref(rule.need());
        let judgement = judge(&context, self, need.iter()).await;
        decided(judgement, need, &context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::ErrorKind, provider::Provider};

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
                for refused in [guard_now(&[]), guard(&[]).await] {
                    let refused = refused.unwrap_err();
                    assert_eq!(refused.kind(), ErrorKind::NotSignedIn);
                    assert_eq!(
                        refused.to_string(),
                        "nobody is signed in; sign in and call again"
                    );
                }
                assert!(optional_session().unwrap().is_none());
            })
            .await;
        let outside = optional_session().unwrap_err();
        assert_eq!(outside.kind(), ErrorKind::SessionNotInitialized);
    }
}
