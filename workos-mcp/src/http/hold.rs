//! The head of an answer, held until the handler has let the request in or refused it.
//!
//! A tool that wants a scope which the token lacks answers with HTTP 403 and a challenge
//! ([MCP, scope challenge handling](https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#runtime-insufficient-scope-errors)).
//! Only the handler's side knows which tool is meant, and rmcp runs it in a task of its own while, for
//! clients of the older protocol versions, the head of the answer is ready before anything was decided. So the
//! handler's side reports what it decided, before it runs what was called, and the guard keeps the head until then.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{Response, StatusCode, header};
use tokio::sync::watch;

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

#[derive(Clone, Default)]
enum Fate {
    #[default]
    Undecided,
    LetIn,
    Refused(Challenge),
}

/// Tells the guard what became of the request. When the last of its clones is gone, the guard waits no longer.
#[derive(Clone)]
pub(crate) struct Reporter(watch::Sender<Fate>);

#[cfg_attr(
    not(feature = "rmcp"),
    expect(dead_code, reason = "only the wrapper of an rmcp handler reports")
)]
impl Reporter {
    /// The handler is run; the answer may begin.
    pub(crate) fn let_in(&self) {
        self.0.send_if_modified(|fate| {
            let undecided = matches!(fate, Fate::Undecided);
            if undecided {
                *fate = Fate::LetIn;
            }
            undecided
        });
    }

    /// The request is refused. After [`let_in`](Self::let_in) it counts only while the answer has not begun.
    pub(crate) fn refuse(&self, challenge: Challenge) {
        self.0.send_replace(Fate::Refused(challenge));
    }
}

/// The guard's end.
pub(crate) struct Hold {
    fate: watch::Receiver<Fate>,
    /// Nothing is held for longer, whatever keeps a reporter alive.
    longest: Duration,
}

impl Hold {
    pub(crate) fn new(longest: Duration) -> (Reporter, Self) {
        let (sender, fate) = watch::channel(Fate::default());
        (Reporter(sender), Self { fate, longest })
    }

    /// Whether the answer may begin: `Ok` with the challenge if it may not begin as it is, `Err` when that is not
    /// decided yet.
    pub(crate) fn decided(&self, response: &Response<Body>) -> Result<Option<Challenge>, ()> {
        if response.status() != StatusCode::OK {
            return Ok(None);
        }
        match &*self.fate.borrow() {
            Fate::Refused(challenge) => Ok(Some(challenge.clone())),
            // Only a stream has a head before its content.
            Fate::Undecided if is_stream(response) && self.fate.has_changed().is_ok() => Err(()),
            Fate::LetIn | Fate::Undecided => Ok(None),
        }
    }

    /// Waits until it is decided.
    pub(crate) async fn wait(mut self) -> Option<Challenge> {
        let decided = self.fate.wait_for(|fate| !matches!(fate, Fate::Undecided));
        match tokio::time::timeout(self.longest, decided).await {
            Ok(Ok(fate)) => match &*fate {
                Fate::Refused(challenge) => Some(challenge.clone()),
                Fate::Undecided | Fate::LetIn => None,
            },
            Ok(Err(_)) => None,
            Err(_) => {
                tracing::warn!("nothing decided about a request in time; its answer begins");
                None
            }
        }
    }
}

pub(super) fn is_stream(response: &Response<Body>) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}
