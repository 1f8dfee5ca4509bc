//! What a guard requires of a caller, and its check.

use serde::{Deserialize, Serialize};

use crate::{context::Context, error::Error, session::Session};

/// One thing that must hold, besides that somebody is signed in. Several must hold all.
///
/// Generated code writes it as a constant; a tool's metadata carries it as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need<'a> {
    /// The token is scoped to an organization, or to this one.
    #[serde(borrow)]
    Organization(Option<&'a str>),
    /// The token names this role.
    Role(&'a str),
    /// The token lists this permission.
    Permission(&'a str),
    /// The token was granted this scope.
    Scope(&'a str),
}

impl Need<'_> {
    /// Checked against what the token says; what it does not say is not met.
    fn is_met_by(self, session: &Session) -> bool {
        match self {
            Self::Organization(None) => session.organization_id().is_some(),
            Self::Organization(Some(id)) => session.organization_id() == Some(id),
            Self::Role(role) => session.token_role() == Some(role),
            Self::Permission(permission) => session
                .token_permissions()
                .is_some_and(|mut granted| granted.any(|granted| granted == permission)),
            Self::Scope(scope) => session.has_scope(scope),
        }
    }
}

/// Whether the session meets every need; the error names the first that it does not.
pub(crate) fn check(session: &Session, needs: &[Need]) -> Result<(), Error> {
    match needs.iter().find(|need| !need.is_met_by(session)) {
        None => Ok(()),
        Some(Need::Organization(None)) => Err(Error::forbidden(
            "it is for members of an organization; sign in to one",
        )),
        Some(Need::Organization(Some(_))) => {
            Err(Error::forbidden("it is for another organization"))
        }
        Some(Need::Role(role)) => Err(Error::forbidden(&format!(
            "it requires the role `{role}`, which the access token does not carry"
        ))),
        Some(Need::Permission(permission)) => Err(Error::forbidden(&format!(
            "it requires the permission `{permission}`, which the access token does not carry"
        ))),
        Some(Need::Scope(scope)) => Err(Error::insufficient_scope(scope)),
    }
}

/// The last wall, which generated code puts into the guarded function itself.
///
/// # Errors
///
/// As [`session`](crate::session()), and when a need is not met.
pub fn guard(needs: &[Need]) -> Result<Session, Error> {
    let context = Context::current().inspect_err(|_| {
        tracing::warn!("refused: a guarded function ran outside of a guarded request");
    })?;
    let session = context.session()?;
    check(session, needs)?;
    Ok(session.clone())
}

/// The session, or `None` when the request is guarded and nobody is signed in.
///
/// # Errors
///
/// Outside of a guarded request.
pub fn optional_session() -> Result<Option<Session>, Error> {
    Ok(Context::current()?.session().ok().cloned())
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
                let refused = guard(&[]).unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::NotSignedIn);
                assert_eq!(
                    refused.to_string(),
                    "nobody is signed in; sign in and call again"
                );
                assert!(optional_session().unwrap().is_none());
            })
            .await;
        let outside = optional_session().unwrap_err();
        assert_eq!(outside.kind(), ErrorKind::SessionNotInitialized);
    }
}
