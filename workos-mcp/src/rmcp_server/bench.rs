//! The benchmarks' way in.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context as TaskContext, Waker},
};

use axum::body::Body;
use futures_util::FutureExt;
use http::{HeaderValue, Response, header};

use super::rules::{Caller, Needs, Remembered, Standing};
use crate::{
    authority::{Question, Resolved},
    config::BASE_SCOPES,
    context::Context,
    http::{Guarded, Held, begins_at_once},
    principal::{Principal, Session, VerifiedClaims},
    provider::Provider,
    rule::{Names, Need, told},
};

/// A signed-in caller of a server with rules.
#[expect(missing_debug_implementations, reason = "nobody prints a benchmark")]
pub struct Ruled {
    provider: Provider,
    context: Context,
    principal: Principal,
    rules: Remembered,
    admins: [Need<'static>; 1],
}

const TOOL: &str = "export-report";

impl Ruled {
    /// A user in an organization, with a role that WorkOS was asked about.
    ///
    /// # Panics
    ///
    /// When no provider can be built.
    pub fn new() -> Self {
        let built = Provider::builder()
            .authkit_domain("app.authkit.app")
            .base_url("https://mcp.example.com")
            .api_key("sk_of_nobody")
            .build();
        let Ok(provider) = built else {
            unreachable!("the configuration is complete");
        };
        let scopes = BASE_SCOPES.into_iter().chain(["reports:export"]);
        let session = Session::new(VerifiedClaims {
            issuer: provider.issuer().into(),
            subject: "user_01JQ7Z3M5XKQW8R2T4V6Y8ZABC".into(),
            session_id: None,
            organization_id: Some("org_01JQ7Z3M5XKQW8R2T4V6Y8ZABC".into()),
            client_id: None,
            scopes: scopes.map(Into::into).collect(),
            role: None,
            roles: None,
            permissions: None,
            feature_flags: None,
            issued_at: 0,
            expires_at: u64::MAX,
            payload: "{}".into(),
        });
        provider
            .authorities()
            .remember_roles(&session, Arc::new(["admin".into()]));
        let principal = Principal::User(session);
        let rules = Remembered::default();
        let scope = Need::Scopes(Names::Listed(&["reports:export"]));
        rules.insert(TOOL, &Needs::from([scope]));
        Self {
            context: Context::new(Some(principal.clone()), provider.clone()),
            provider,
            principal,
            rules,
            admins: [Need::Roles(Names::Listed(&["admin"]))],
        }
    }

    /// What a tool's rule costs a call: the look-up, the judgement, and the head that is held until then. Wants
    /// a tokio runtime.
    pub fn rule(&self) -> bool {
        let context = Context::new(Some(self.principal.clone()), self.provider.clone());
        let caller = Caller::new(Guarded::held(context.clone()));
        let mut nobody = TaskContext::from_waker(Waker::noop());
        let mut answer = Response::new(Body::empty());
        let stream = HeaderValue::from_static("text/event-stream");
        answer.headers_mut().insert(header::CONTENT_TYPE, stream);
        let waits = begins_at_once(&context, &answer).is_err();
        let longest = self.provider.config().limits.api_timeout;
        let mut held = pin!(Held::new(context, answer, longest));
        let early = held.as_mut().poll(&mut nobody).is_ready();
        let standing = self
            .rules
            .get(TOOL)
            .and_then(|needs| caller.standing(TOOL, &needs).now_or_never());
        let released = held.as_mut().poll(&mut nobody).is_ready();
        waits && !early && released && matches!(standing, Some(Standing::Open))
    }

    /// What a role costs that WorkOS was asked about before.
    pub fn authority(&self) -> bool {
        let resolved = self
            .context
            .resolve(&self.principal, Question::Roles.into())
            .now_or_never();
        resolved
            .and_then(Result::ok)
            .is_some_and(|resolved: Resolved| {
                told(
                    &self.context,
                    &self.principal,
                    self.admins.iter(),
                    &resolved,
                )
                .is_ok()
            })
    }
}

impl Default for Ruled {
    fn default() -> Self {
        Self::new()
    }
}
