//! What a caller may use of a handler, decided before the handler is asked to do anything.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use rmcp::{
    ErrorData,
    model::{
        CallToolResponse, CompleteResult, Extensions, GetPromptResponse, GetSkillResult,
        ListResourcesResult, MetaObject, ReadResourceResponse,
    },
};

use super::{metadata, outcome};
use crate::{
    authority::{Questions, Resolved},
    config::ByName,
    context::Context,
    error::Error,
    http::Guarded,
    provider::Provider,
    rule::{Judgement, Need, ResourceUri, judge, told},
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
    /// a guard in the handler can still refuse by HTTP. Older clients have the head by then.
    pub(super) is_modern: bool,
}

impl Caller {
    pub(super) fn of(extensions: &Extensions, provider: &Provider) -> Result<Self, Error> {
        let guarded = outcome::guarded(extensions).inspect_err(|_| {
            tracing::error!(
                "refused: a request reached a protected handler without passing `Provider::layer`"
            );
        })?;
        // Another provider's guard vouches for other tokens.
        if !guarded.context.is_of(provider) {
            tracing::error!(
                "refused: a request reached a protected handler through the layer of another provider"
            );
            return Err(Error::session_not_initialized());
        }
        guarded.context.principal()?;
        Ok(Self {
            guarded: guarded.clone(),
            is_modern: false,
        })
    }

    #[cfg(feature = "__bench")]
    pub(super) fn new(guarded: Guarded) -> Self {
        Self {
            guarded,
            is_modern: false,
        }
    }

    /// Whose answer nothing holds back.
    pub(super) fn unheld(context: Context) -> Self {
        Self {
            guarded: Guarded {
                context,
                reporter: None,
            },
            is_modern: false,
        }
    }

    pub(super) fn context(&self) -> &Context {
        &self.guarded.context
    }

    /// Lets the answer begin.
    pub(super) fn let_in(self) -> Context {
        if let Some(reporter) = &self.guarded.reporter {
            reporter.let_in();
        }
        self.guarded.context
    }

    /// Decides about something that has rules, and lets the guard know.
    pub(super) async fn standing(&self, name: &str, needs: &[Need<'static>]) -> Standing {
        let standing = self.judged(name, needs).await;
        if let (Standing::Refused(error), Some(reporter)) = (&standing, &self.guarded.reporter)
            && !error.missing_scopes().is_empty()
        {
            reporter.lacks(error.missing_scopes().clone());
        } else if let Some(reporter) = &self.guarded.reporter {
            reporter.let_in();
        }
        standing
    }

    async fn judged(&self, name: &str, needs: &[Need<'static>]) -> Standing {
        if needs.is_empty() {
            return Standing::Open;
        }
        let context = &self.guarded.context;
        let principal = match context.principal() {
            Ok(principal) => principal,
            Err(error) => return Standing::Refused(error),
        };
        match judge(context, principal, needs.iter()).await {
            Judgement::Met => Standing::Open,
            Judgement::Unmet => {
                let reason = Error::forbidden(needs.iter());
                tracing::info!(name, %reason, "answered as if it were not there");
                Standing::Hidden
            }
            Judgement::Unavailable(error) => Standing::Refused(error),
            Judgement::Lacks(scopes) => Standing::Refused(Error::insufficient_scope(&scopes)),
        }
    }

    /// What is known of the caller, as far as these rules ask for it; while WorkOS is down, what was known last.
    pub(super) async fn known<'n>(&self, rules: impl Iterator<Item = &'n Needs>) -> Resolved {
        let context = &self.guarded.context;
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
        match context.resolve(principal, questions).await {
            Ok(resolved) => resolved,
            Err(_) => context.last_known(principal).unwrap_or_default(),
        }
    }

    /// Asks WorkOS.
    pub(super) async fn ask(&self, questions: Questions) -> Result<(), Error> {
        if !questions.is_empty() {
            let context = &self.guarded.context;
            context.resolve(context.principal()?, questions).await?;
        }
        Ok(())
    }

    /// Whether something belongs into a list: what the caller may use, or could with more scopes. What nobody can
    /// tell does not.
    pub(super) fn sees(&self, needs: &[Need<'static>], known: &Resolved) -> bool {
        Self::may_see(&self.guarded.context, needs, known)
    }

    pub(super) fn may_see(context: &Context, needs: &[Need<'static>], known: &Resolved) -> bool {
        needs.is_empty()
            || context.principal().is_ok_and(|principal| {
                matches!(
                    told(context, principal, needs.iter(), known),
                    Ok(Judgement::Met | Judgement::Lacks(_))
                )
            })
    }

    /// A guard in the handler refused for want of a scope, and that is the answer: where the answer has not begun,
    /// it becomes a challenge.
    pub(super) fn refused_late<T: FinalAnswer>(&self, answer: &Result<T, ErrorData>) {
        if let (Some(reporter), Some(refused)) =
            (&self.guarded.reporter, self.guarded.context.noted_refusal())
            && self.is_modern
            && T::is(answer, &refused)
        {
            reporter.lacks(refused.missing_scopes().clone());
        }
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
}

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
}

impl FinalAnswer for () {}
impl FinalAnswer for CompleteResult {}
impl FinalAnswer for GetPromptResponse {}
impl FinalAnswer for GetSkillResult {}
impl FinalAnswer for ListResourcesResult {}
impl FinalAnswer for ReadResourceResponse {}

/// The rules of tools that one handler was asked about. A handler that answers to any name does not fill memory.
#[derive(Clone, Default)]
pub(super) struct Remembered(Arc<Mutex<HashMap<Box<str>, Needs>>>);

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
    let rules = &provider.config().rules.resources;
    if rules.is_empty() {
        return Needs::default();
    }
    let uri = ResourceUri::read(uri);
    rules
        .iter()
        .filter(|(pattern, _)| pattern.matches(&uri))
        .map(|(_, need)| need.clone())
        .collect()
}
