//! The head of an answer, held until the handler has let the request in or refused it.
//!
//! A tool that wants a scope which the token lacks answers with HTTP 403 and a challenge
//! ([MCP, scope challenge handling](https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#runtime-insufficient-scope-errors)).
//! Only the handler's side knows which tool is meant, and rmcp runs it in a task of its own while, for
//! clients of the older protocol versions, the head of the answer is ready before anything was decided. So the
//! handler's side reports what it decided, before it runs what was called, and the guard keeps the head until then. It
//! keeps it a little longer for a handler that need not wait for anything: head, content and end then go out together, in one
//! packet instead of two.

use std::{
    collections::VecDeque,
    mem,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{self, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use http::{Response, StatusCode, header};
use http_body::{Body as _, Frame};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

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
enum Fate {
    #[default]
    Undecided,
    /// The handler runs, and has not waited for anything so far.
    Runs,
    LetIn,
    Refused(Challenge),
}

/// What is decided about a request, as part of its context, so that it costs no allocation of its own.
#[derive(Default)]
pub(crate) struct Decision {
    fate: Mutex<Fate>,
    reporters: AtomicUsize,
    guard: AtomicWaker,
}

impl Decision {
    fn fate(&self) -> MutexGuard<'_, Fate> {
        // Set in one go, so that nothing is half done.
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn may_still_come(&self) -> bool {
        self.reporters.load(Ordering::Acquire) > 0
    }
}

/// What the guard puts into a request's extensions for who serves it: the caller, and, where the answer is held, the way to tell
/// what became of the request. When the last of these is gone, the guard waits no longer.
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
    /// The handler is run, and may be done soon: the answer begins when there is all of it, or else with
    /// [`let_in`](Self::let_in).
    pub(crate) fn runs(&self) {
        if self.is_held {
            let mut fate = self.context.decision().fate();
            if matches!(*fate, Fate::Undecided) {
                *fate = Fate::Runs;
            }
        }
    }

    /// The answer may begin.
    pub(crate) fn let_in(&self) {
        if self.is_held {
            let mut fate = self.context.decision().fate();
            if matches!(*fate, Fate::Undecided | Fate::Runs) {
                *fate = Fate::LetIn;
                drop(fate);
                self.context.decision().guard.wake();
            }
        }
    }

    /// The request is refused. After [`let_in`](Self::let_in) it counts only while the answer has not begun.
    pub(crate) fn refuse(&self, challenge: Challenge) {
        if self.is_held {
            *self.context.decision().fate() = Fate::Refused(challenge);
            self.context.decision().guard.wake();
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
        // What a handler that ran said last is about to come, and wakes by itself.
        if is_last && !matches!(*decision.fate(), Fate::Runs) {
            decision.guard.wake();
        }
    }
}

/// Whether the answer to a held request may begin: `Ok` with the challenge if it may not begin as it is, `Err` when that is
/// not decided yet.
pub(crate) fn decided(
    context: &Context,
    response: &Response<Body>,
) -> Result<Option<Challenge>, ()> {
    if response.status() != StatusCode::OK {
        return Ok(None);
    }
    let decision = context.decision();
    // Locked for as long as it takes: whoever is gone has said what there was to say before.
    match &*decision.fate() {
        Fate::Refused(challenge) => Ok(Some(challenge.clone())),
        // Only a stream has a head before its content.
        _ if !is_stream(response) => Ok(None),
        Fate::Runs => Err(()),
        Fate::Undecided if decision.may_still_come() => Err(()),
        Fate::LetIn | Fate::Undecided => Ok(None),
    }
}

/// So many frames of an answer are read before it begins: an event of rmcp's own, with which it begins its streams, the
/// answer, and one more.
const MOST_READ_AHEAD: usize = 3;

/// For so long an answer waits for its end.
const END_COMES: Duration = Duration::from_millis(5);

pin_project! {
    /// An answer that may not begin yet. Becomes the answer, and the challenge that it is to be replaced with.
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Held {
        context: Context,
        response: Option<Response<Body>>,
        read: Vec<Said>,
        has_ended: bool,
        #[pin]
        longest: Sleep,
    }

    // Takes its waker back, so that a context that somebody keeps does not keep a connection's task.
    impl PinnedDrop for Held {
        fn drop(this: Pin<&mut Self>) {
            this.context.decision().guard.take();
        }
    }
}

type Said = Result<Frame<Bytes>, axum::Error>;

impl Held {
    /// Nothing is held for longer than `longest`, whatever keeps a reporter alive.
    pub(crate) fn new(context: Context, response: Response<Body>, longest: Duration) -> Self {
        Self {
            context,
            response: Some(response),
            read: Vec::new(),
            has_ended: false,
            longest: tokio::time::sleep(longest),
        }
    }
}

impl Future for Held {
    type Output = (Response<Body>, Option<Challenge>);

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(response) = this.response else {
            return Poll::Pending;
        };
        let decision = this.context.decision();
        // First, so that what is reported from here on wakes.
        decision.guard.register(cx.waker());
        let mut longest = this.longest;
        let mut has_read = false;
        let refused = loop {
            let runs = match &*decision.fate() {
                Fate::Refused(challenge) => break Some(challenge.clone()),
                Fate::Runs if !*this.has_ended && this.read.len() < MOST_READ_AHEAD => true,
                Fate::Undecided if decision.may_still_come() => false,
                Fate::LetIn | Fate::Runs | Fate::Undecided => break None,
            };
            if runs && has_read {
                longest.as_mut().reset(Instant::now() + END_COMES);
            }
            if !*this.has_ended
                && this.read.len() < MOST_READ_AHEAD
                && let Poll::Ready(said) = Pin::new(response.body_mut()).poll_frame(cx)
            {
                has_read = true;
                *this.has_ended = said.is_none();
                this.read.extend(said);
                // The handler may run since the look at its fate, which wakes nobody.
                continue;
            }
            ready!(longest.as_mut().poll(cx));
            if !runs {
                tracing::warn!("nothing decided about a request in time; its answer begins");
            }
            break None;
        };
        let Some(response) = this.response.take() else {
            return Poll::Pending;
        };
        let read = mem::take(this.read);
        let has_ended = *this.has_ended;
        let response = response.map(|rest| match (read.is_empty(), has_ended) {
            (true, false) => rest,
            (true, true) => Body::empty(),
            (false, _) => Body::new(ReadAhead {
                read: read.into(),
                rest: (!has_ended).then_some(rest),
            }),
        });
        Poll::Ready((response, refused))
    }
}

/// Content of which some was read before.
struct ReadAhead {
    read: VecDeque<Said>,
    rest: Option<Body>,
}

impl http_body::Body for ReadAhead {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Said>> {
        match (self.read.pop_front(), &mut self.rest) {
            (Some(said), _) => Poll::Ready(Some(said)),
            (None, Some(rest)) => Pin::new(rest).poll_frame(cx),
            (None, None) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        let rest = self.rest.as_ref();
        self.read.is_empty() && rest.is_none_or(http_body::Body::is_end_stream)
    }
}

pub(super) fn is_stream(response: &Response<Body>) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}
