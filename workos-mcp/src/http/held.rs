//! An answer that waits for the decision.
//!
//! It waits a little longer for a handler that need not wait for anything: head, content and end then go out together, in one
//! packet instead of two.

use std::{
    collections::VecDeque,
    mem,
    pin::Pin,
    task::{self, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body::{Body as _, Frame};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

use super::hold::{Challenge, Fate};
use crate::context::Context;

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

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt, stream};
    use http_body_util::BodyExt;
    use tokio::sync::mpsc;

    use super::*;
    use crate::{http::Guarded, provider::Provider};

    const LONGEST: Duration = Duration::from_secs(20);

    /// An answer that is held, the handler's side of it, and where its content comes from.
    fn held() -> (Pin<Box<Held>>, Guarded, mpsc::Sender<&'static str>) {
        let provider = Provider::builder()
            .authkit_domain("app.authkit.app")
            .base_url("https://mcp.example.com")
            .build()
            .unwrap();
        let context = Context::new(None, provider);
        let guarded = Guarded::held(context.clone());
        let (say, said) = mpsc::channel::<&str>(8);
        let frames = stream::unfold(said, async |mut said| Some((said.recv().await?, said)));
        let frames = frames.map(Ok::<_, std::convert::Infallible>);
        let mut response = Response::new(Body::from_stream(frames));
        let kind = http::HeaderValue::from_static("text/event-stream");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        assert_eq!(decided(&context, &response), Err(()));
        (
            Box::pin(Held::new(context, response, LONGEST)),
            guarded,
            say,
        )
    }

    async fn content(body: Body) -> Bytes {
        body.collect().await.unwrap().to_bytes()
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_there_at_once_begins_when_there_is_all_of_it() {
        let (mut held, guarded, say) = held();
        say.send("priming, ").await.unwrap();
        assert!(held.as_mut().now_or_never().is_none());
        guarded.runs();
        drop(guarded);
        assert!(held.as_mut().now_or_never().is_none());
        say.send("answer").await.unwrap();
        assert!(held.as_mut().now_or_never().is_none());
        drop(say);
        let (response, challenge) = held.now_or_never().unwrap();
        assert_eq!(challenge, None);
        assert_eq!(content(response.into_body()).await, "priming, answer");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_whose_end_does_not_come_begins_soon() {
        let (mut held, guarded, say) = held();
        assert!(held.as_mut().now_or_never().is_none());
        guarded.runs();
        say.send("answer").await.unwrap();
        let start = Instant::now();
        let (response, _) = held.await;
        assert!(start.elapsed() <= END_COMES + Duration::from_millis(1));
        say.send(", and more").await.unwrap();
        drop(say);
        assert_eq!(content(response.into_body()).await, "answer, and more");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_of_many_parts_begins_with_some() {
        let (mut held, guarded, say) = held();
        guarded.runs();
        for part in ["1", "2", "3", "4"] {
            say.send(part).await.unwrap();
        }
        let (response, _) = held.as_mut().now_or_never().unwrap();
        drop(say);
        assert_eq!(content(response.into_body()).await, "1234");
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_waits_lets_the_answer_begin_before_there_is_any() {
        let (mut held, guarded, say) = held();
        guarded.runs();
        assert!(held.as_mut().now_or_never().is_none());
        let waiting = tokio::spawn(held);
        tokio::task::yield_now().await;
        guarded.let_in();
        let (response, _) = waiting.await.unwrap();
        say.send("late").await.unwrap();
        drop(say);
        assert_eq!(content(response.into_body()).await, "late");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_read_before_a_refusal_is_not_told() {
        let (mut held, guarded, say) = held();
        say.send("priming").await.unwrap();
        assert!(held.as_mut().now_or_never().is_none());
        guarded.refuse(Challenge::SignIn);
        let (_, challenge) = held.now_or_never().unwrap();
        assert_eq!(challenge, Some(Challenge::SignIn));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_decision_an_answer_begins_when_nobody_is_left_or_in_time() {
        let (mut nobody, guarded, _say) = held();
        assert!(nobody.as_mut().now_or_never().is_none());
        drop(guarded);
        assert!(nobody.now_or_never().is_some());
        let (somebody, _guarded, _say) = held();
        let start = Instant::now();
        somebody.await;
        assert!(start.elapsed() >= LONGEST);
    }
}
