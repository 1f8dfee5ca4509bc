//! The head of an answer, held until the handler has let the request in or refused it.
//!
//! A tool that wants a scope which the token lacks answers with HTTP 403 and a challenge
//! ([MCP, scope challenge handling](https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#runtime-insufficient-scope-errors)).
//! Only the handler's side knows which tool is meant, and rmcp runs it in a task of its own while, for
//! clients of the older protocol versions, the head of the answer is ready before anything was decided. So the
//! handler's side reports what it decided, before it runs what was called, and the guard keeps the head until then.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::task::AtomicWaker;

use crate::context::Context;

/// Scopes that the token would have to be granted.
pub(crate) type Missing = Arc<[Box<str>]>;

/// What a caller is asked for who would get further with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// An access token.
    SignIn,
    /// One with these scopes too.
    Scopes(Missing),
}

#[derive(Default)]
pub(super) enum Fate {
    #[default]
    Undecided,
    LetIn,
    Refused(Challenge),
}

/// What is decided about a request, as part of its context, so that it costs no allocation of its own.
#[derive(Default)]
pub(crate) struct Decision {
    fate: Mutex<Fate>,
    reporters: AtomicUsize,
    /// Of the answer that waits.
    pub(super) waiting: AtomicWaker,
}

impl Decision {
    pub(super) fn fate(&self) -> MutexGuard<'_, Fate> {
        // Set in one go, so that nothing is half done.
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn may_still_come(&self) -> bool {
        self.reporters.load(Ordering::Acquire) > 0
    }
}

/// What the guard puts into a request's extensions for who serves it: the caller, and, where the answer is held, the way to tell
/// what became of the request. When the last of these is gone, the guard waits for nothing more.
pub(crate) struct Guarded {
    context: Context,
    is_held: bool,
}

impl Guarded {
    /// Of a request whose answer waits for the decision.
    pub(crate) fn held(context: Context) -> Self {
        context.decision().reporters.fetch_add(1, Ordering::Relaxed);
        Self {
            context,
            is_held: true,
        }
    }

    /// Of one whose answer nothing holds back.
    pub(crate) fn unheld(context: Context) -> Self {
        Self {
            context,
            is_held: false,
        }
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }
}

#[cfg_attr(
    not(feature = "rmcp"),
    expect(dead_code, reason = "only the wrapper of an rmcp handler reports")
)]
impl Guarded {
    /// The handler is run; the answer may begin.
    pub(crate) fn let_in(&self) {
        if self.is_held {
            let mut fate = self.context.decision().fate();
            if matches!(*fate, Fate::Undecided) {
                *fate = Fate::LetIn;
                drop(fate);
                self.context.decision().waiting.wake();
            }
        }
    }

    /// The request is refused. After [`let_in`](Self::let_in) it counts only while the answer has not begun.
    pub(crate) fn refuse(&self, challenge: Challenge) {
        if self.is_held {
            *self.context.decision().fate() = Fate::Refused(challenge);
            self.context.decision().waiting.wake();
        }
    }
}

impl Clone for Guarded {
    fn clone(&self) -> Self {
        if self.is_held {
            Self::held(self.context.clone())
        } else {
            Self::unheld(self.context.clone())
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let decision = self.context.decision();
        let is_last = self.is_held && decision.reporters.fetch_sub(1, Ordering::AcqRel) == 1;
        if is_last && matches!(*decision.fate(), Fate::Undecided) {
            decision.waiting.wake();
        }
    }
}
