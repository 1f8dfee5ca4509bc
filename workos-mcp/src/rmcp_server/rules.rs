//! What a caller may use of a handler, decided before the handler is asked to do anything.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use rmcp::{
    ErrorData,
    handler::server::tool::IntoCallToolResult,
    model::{
        CallToolResponse, CompleteResult, Extensions, GetPromptResponse, GetSkillResult,
        ListResourcesResult, MetaObject, ReadResourceResponse,
    },
};

use serde_json::json;

use super::{metadata, outcome};
use crate::{
    authority::{Questions, Resolved},
    config::{Anonymous, ByName, RefusalForm},
    context::Context,
    error::Error,
    http::{Challenge, Guarded},
    metrics,
    principal::Principal,
    provider::Provider,
    rule::{Judgement, Need, ResourceUri, are_public, judge, told},
};

/// What must hold for one tool, prompt or resource.
pub(super) type Needs = Arc<[Need<'static>]>;

/// How a caller stands to something that they named.
pub(super) enum Standing {
    /// It may run.
    Open,
    /// It answers as if it were not there.
    Hidden,
    /// It is refused for a reason that the caller is told.
    Refused(Error),
}

/// A request that passed the guard of the provider.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) guarded: Guarded,
    /// Whether the client speaks 2026-07-28 or later: then rmcp holds the head of an answer until there is one, and
    /// a guard in the handler can still refuse by HTTP. Older clients may have the head by then.
    pub(super) is_modern: bool,
    /// How a refusal that signing in would mend is told.
    pub(super) form: RefusalForm,
}

impl Caller {
    pub(super) fn of(extensions: &Extensions, provider: &Provider) -> Result<Self, Error> {
        let guarded = outcome::guarded(extensions).inspect_err(|_| {
            tracing::error!(
                "refused: a request reached a protected handler without passing `Provider::layer`"
            );
        })?;
        // Another provider's guard vouches for other tokens.
        if !guarded.context().is_of(provider) {
            tracing::error!(
                "refused: a request reached a protected handler through the layer of another provider"
            );
            return Err(Error::session_not_initialized());
        }
        if provider.config().anonymous == Anonymous::Refuse {
            guarded.context().principal()?;
        }
        Ok(Self::new(guarded.clone()))
    }

    pub(super) fn new(guarded: Guarded) -> Self {
        Self {
            guarded,
            is_modern: false,
            form: RefusalForm::Challenge,
        }
    }

    /// Whose answer nothing holds back.
    pub(super) fn unheld(context: Context) -> Self {
        Self::new(Guarded::unheld(context))
    }

    pub(super) fn context(&self) -> &Context {
        self.guarded.context()
    }

    /// Refuses callers who are not signed in what no rule can open to them.
    pub(super) fn signed_in(self) -> Result<Self, Error> {
        match self.context().principal() {
            Ok(_) => Ok(self),
            Err(error) => {
                metrics::refused(|| "sign_in");
                if let Some(challenge) = error.challenge() {
                    self.guarded.refuse(challenge);
                }
                Err(error)
            }
        }
    }

    pub(super) fn is_signed_in(&self) -> bool {
        self.context().principal().is_ok()
    }

    /// Lets the answer begin.
    pub(super) fn let_in(self) -> Context {
        self.guarded.let_in();
        self.guarded.context().clone()
    }

    /// Decides about something that has rules, and lets the guard know.
    pub(super) async fn standing(&self, name: &str, needs: &[Need<'static>]) -> Standing {
        match self.standing_now(name, needs) {
            Ok(standing) => standing,
            Err(principal) => self.asked(principal, name, needs).await,
        }
    }

    /// The same without waiting, or an error with the caller about whom WorkOS has to be [`asked`](Self::asked).
    pub(super) fn standing_now(
        &self,
        name: &str,
        needs: &[Need<'static>],
    ) -> Result<Standing, &Principal> {
        let context = self.context();
        match context.principal() {
            Ok(_) if needs.is_empty() => Ok(self.decided(Standing::Open)),
            Ok(principal) => {
                let judgement = told(context, principal, needs.iter(), &Resolved::default());
                let judgement = judgement.map_err(|_| principal)?;
                Ok(self.judged(principal, name, needs, judgement))
            }
            Err(_) if are_public(needs) => Ok(self.decided(Standing::Open)),
            Err(error) => {
                metrics::refused(|| "sign_in");
                Ok(self.decided(Standing::Refused(error)))
            }
        }
    }

    /// The other half of [`standing`](Self::standing).
    pub(super) async fn asked(
        &self,
        principal: &Principal,
        name: &str,
        needs: &[Need<'static>],
    ) -> Standing {
        let judgement = judge(self.context(), principal, needs.iter()).await;
        self.judged(principal, name, needs, judgement)
    }

    fn judged(
        &self,
        principal: &Principal,
        name: &str,
        needs: &[Need<'static>],
        judgement: Judgement<'_>,
    ) -> Standing {
        judgement.count(self.context(), principal, needs);
        self.decided(match judgement {
            Judgement::Met => Standing::Open,
            Judgement::Unmet => {
                let reason = Error::forbidden(needs.iter());
                tracing::info!(name, %reason, "answered as if it were not there");
                Standing::Hidden
            }
            Judgement::Unavailable(error) => Standing::Refused(error),
            Judgement::Lacks(scopes) => Standing::Refused(Error::insufficient_scope(&scopes)),
        })
    }

    fn decided(&self, standing: Standing) -> Standing {
        let challenge = match &standing {
            Standing::Refused(error) if self.form == RefusalForm::Challenge => error.challenge(),
            _ => None,
        };
        match challenge {
            Some(challenge) => self.guarded.refuse(challenge),
            None => self.guarded.let_in(),
        }
        standing
    }

    /// What is known of the caller, as far as these rules ask for it; while WorkOS is down, what was known last.
    pub(super) async fn known<'n>(&self, rules: impl Iterator<Item = &'n Needs>) -> Resolved {
        let context = self.context();
        let Ok(principal) = context.principal() else {
            return Resolved::default();
        };
        let questions = rules.fold(Questions::default(), |questions, needs| {
            let judged = told(context, principal, needs.iter(), &Resolved::default());
            questions | judged.err().unwrap_or_default()
        });
        if questions.is_empty() {
            return Resolved::default();
        }
        match Box::pin(context.resolve(principal, questions)).await {
            Ok(resolved) => resolved,
            Err(_) => context.last_known(principal).unwrap_or_default(),
        }
    }

    /// Asks WorkOS.
    pub(super) async fn ask(&self, questions: Questions) -> Result<(), Error> {
        let context = self.context();
        if let (false, Ok(principal)) = (questions.is_empty(), context.principal()) {
            Box::pin(context.resolve(principal, questions)).await?;
        }
        Ok(())
    }

    /// Whether something belongs into a list: what the caller may use, or could with more scopes. What nobody can
    /// tell does not.
    pub(super) fn sees(&self, needs: &[Need<'static>], known: &Resolved) -> bool {
        Self::may_see(self.context(), needs, known)
    }

    pub(super) fn may_see(context: &Context, needs: &[Need<'static>], known: &Resolved) -> bool {
        // Who is not signed in sees what somebody could use, so as to sign in for it.
        let Ok(principal) = context.principal() else {
            return !needs.iter().any(Need::has_nothing);
        };
        needs.is_empty()
            || matches!(
                told(context, principal, needs.iter(), known),
                Ok(Judgement::Met | Judgement::Lacks(_))
            )
    }

    /// A guard in the handler refused who could sign in, or sign in again, and that is the answer: where the answer has
    /// not begun, it becomes a challenge; or else the challenge goes along.
    pub(super) fn refused_late<T: FinalAnswer>(
        &self,
        answer: Result<T, ErrorData>,
    ) -> Result<T, ErrorData> {
        let context = self.context();
        let Some(refused) = context.noted_refusal() else {
            return answer;
        };
        let Some(challenge) = refused.challenge().filter(|_| T::is(&answer, &refused)) else {
            return answer;
        };
        match self.form {
            RefusalForm::ToolResult => answer.map(|answer| answer.carrying(context, &challenge)),
            RefusalForm::Challenge => {
                if self.is_modern {
                    self.guarded.refuse(challenge);
                }
                answer
            }
        }
    }

    /// The refusal of a call.
    pub(super) fn refused_call(&self, error: Error) -> Result<CallToolResponse, ErrorData> {
        let challenge = error
            .challenge()
            .filter(|_| self.form == RefusalForm::ToolResult);
        let answer = error.into_call_tool_result()?;
        Ok(match challenge {
            Some(challenge) => answer.carrying(self.context(), &challenge),
            None => answer,
        })
    }
}

/// An answer that may be a guard's refusal.
pub(super) trait FinalAnswer: Sized {
    fn is(answer: &Result<Self, ErrorData>, refused: &Error) -> bool {
        match answer {
            Ok(answer) => answer.says(refused),
            Err(error) => {
                let ours = ErrorData::from(refused.clone());
                error.code == ours.code && error.message == ours.message
            }
        }
    }

    fn says(&self, _: &Error) -> bool {
        false
    }

    /// Takes a challenge along, where there is a place for one.
    fn carrying(self, _: &Context, _: &Challenge) -> Self {
        self
    }
}

/// Where ChatGPT looks for a challenge ([OpenAI, authentication](https://developers.openai.com/apps-sdk/build/auth)).
const WWW_AUTHENTICATE: &str = "mcp/www_authenticate";

impl FinalAnswer for CallToolResponse {
    fn says(&self, refused: &Error) -> bool {
        let Self::Complete(result) = self else {
            return false;
        };
        let text = match &*result.content {
            [content] => content.as_text().map(|text| &*text.text),
            _ => None,
        };
        result.is_error == Some(true) && text == Some(&*refused.to_string())
    }

    fn carrying(mut self, context: &Context, challenge: &Challenge) -> Self {
        if let (Self::Complete(result), Ok(provider)) = (&mut self, context.provider()) {
            let challenge = provider.refusals().in_result(context, challenge);
            let metadata = &mut result.meta.get_or_insert_default().0;
            metadata.insert(WWW_AUTHENTICATE.to_owned(), json!([challenge]));
        }
        self
    }
}

impl FinalAnswer for () {}
impl FinalAnswer for CompleteResult {}
impl FinalAnswer for GetPromptResponse {}
impl FinalAnswer for GetSkillResult {}
impl FinalAnswer for ListResourcesResult {}
impl FinalAnswer for ReadResourceResponse {}

/// The rules of tools that one handler was asked about. A handler that answers to any name does not fill memory. Many a handler
/// lives for one request only, so an empty one costs nothing, and the first entry little.
#[derive(Clone, Default)]
pub(super) struct Remembered(Arc<Mutex<BTreeMap<Box<str>, Needs>>>);

const MOST_REMEMBERED: usize = 1024;

impl Remembered {
    pub(super) fn get(&self, name: &str) -> Option<Needs> {
        let rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rules.get(name).cloned()
    }

    pub(super) fn insert(&self, name: &str, needs: &Needs) {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rules.len() < MOST_REMEMBERED {
            rules.insert(name.into(), needs.clone());
        }
    }
}

/// What the attributes say in the metadata, and what the builder says by name.
pub(super) fn needs(metadata: Option<&MetaObject>, name: &str, by_name: &ByName) -> Needs {
    let mut needs = metadata::needs(metadata);
    needs.extend(by_name.get(name).into_iter().flatten().cloned());
    needs.into()
}

/// What the builder says of a resource, or of a template.
pub(super) fn needs_of_resource(uri: &str, provider: &Provider) -> Needs {
    let rules = &provider.config().rules;
    let is_public = rules
        .public_resources
        .iter()
        .any(|public| public.names(uri));
    let public = is_public.then_some(Need::Public);
    if rules.resources.is_empty() {
        return public.into_iter().collect();
    }
    let uri = ResourceUri::read(uri);
    let others = rules
        .resources
        .iter()
        .filter(|(pattern, _)| pattern.matches(&uri))
        .map(|(_, need)| need.clone());
    public.into_iter().chain(others).collect()
}
