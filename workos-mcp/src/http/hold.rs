//! The head of an answer, held until the handler has let the request in or refused it.
//!
//! A tool that wants a scope which the token lacks answers with HTTP 403 and a challenge
//! ([MCP, scope challenge handling](https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#runtime-insufficient-scope-errors)).
//! Only the handler's side knows which tool is meant, and rmcp runs it in a task of its own while, for
//! clients of the older protocol versions, the head of the answer is ready before anything was decided. So the
//! handler's side reports what it decided, before it runs what was called, and the guard keeps the head until then.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use axum::body::Body;
use futures_util::task::AtomicWaker;
use http::{Response, StatusCode, header};

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
enum Fate {
    #[default]
    Undecided,
    LetIn,
    Refused(Challenge),
}

/// What both ends share. A channel of tokio's would do, and cost every request more than all the rest of the guard.
struct Slot {
    fate: Mutex<Fate>,
    reporters: AtomicUsize,
    waiting: AtomicWaker,
}

impl Slot {
    fn fate(&self) -> MutexGuard<'_, Fate> {
        // Set in one go, so that nothing is half done.
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn may_still_be_decided(&self) -> bool {
        self.reporters.load(Ordering::Acquire) > 0
    }
}

/// Tells the guard what became of the request. When the last of its clones is gone, the guard waits no longer.
pub(crate) struct Reporter(Arc<Slot>);

#[cfg_attr(
    not(feature = "rmcp"),
    expect(dead_code, reason = "only the wrapper of an rmcp handler reports")
)]
impl Reporter {
    /// The handler is run; the answer may begin.
    pub(crate) fn let_in(&self) {
        let mut fate = self.0.fate();
        if matches!(*fate, Fate::Undecided) {
            *fate = Fate::LetIn;
        }
        drop(fate);
        self.0.waiting.wake();
    }

    /// The request is refused. After [`let_in`](Self::let_in) it counts only while the answer has not begun.
    pub(crate) fn refuse(&self, challenge: Challenge) {
        *self.0.fate() = Fate::Refused(challenge);
        self.0.waiting.wake();
    }
}

impl Clone for Reporter {
    fn clone(&self) -> Self {
        self.0.reporters.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if self.0.reporters.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.waiting.wake();
        }
    }
}

/// The guard's end.
pub(crate) struct Hold {
    slot: Arc<Slot>,
    /// Nothing is held for longer, whatever keeps a reporter alive.
    longest: Duration,
}

impl Hold {
    pub(crate) fn new(longest: Duration) -> (Reporter, Self) {
        let slot = Arc::new(Slot {
            fate: Mutex::default(),
            reporters: AtomicUsize::new(1),
            waiting: AtomicWaker::new(),
        });
        let reporter = Reporter(Arc::clone(&slot));
        (reporter, Self { slot, longest })
    }

    /// Whether the answer may begin: `Ok` with the challenge if it may not begin as it is, `Err` when that is not
    /// decided yet.
    pub(crate) fn decided(&self, response: &Response<Body>) -> Result<Option<Challenge>, ()> {
        if response.status() != StatusCode::OK {
            return Ok(None);
        }
        // Locked for as long as it takes: a reporter that is gone has said what it had to say before.
        match &*self.slot.fate() {
            Fate::Refused(challenge) => Ok(Some(challenge.clone())),
            // Only a stream has a head before its content.
            Fate::Undecided if is_stream(response) && self.slot.may_still_be_decided() => Err(()),
            Fate::LetIn | Fate::Undecided => Ok(None),
        }
    }

    /// Waits until it is decided.
    pub(crate) async fn wait(self) -> Option<Challenge> {
        let decided = poll_fn(|cx| {
            // First, so that what is reported from here on wakes.
            self.slot.waiting.register(cx.waker());
            match &*self.slot.fate() {
                Fate::Refused(challenge) => Poll::Ready(Some(challenge.clone())),
                Fate::Undecided if self.slot.may_still_be_decided() => Poll::Pending,
                Fate::LetIn | Fate::Undecided => Poll::Ready(None),
            }
        });
        if let Ok(challenge) = tokio::time::timeout(self.longest, decided).await {
            challenge
        } else {
            tracing::warn!("nothing decided about a request in time; its answer begins");
            None
        }
    }
}

pub(super) fn is_stream(response: &Response<Body>) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}
