//! An answer that waits for the decision.
//!
//! And then a little for the handler: head, content and end of an answer that comes soon go out together, in one packet instead of
//! two.

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

/// Whether the answer to a held request begins at once: `Ok` with the challenge if it may not begin as it is, `Err` when it
/// waits.
pub(crate) fn begins_at_once(
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
        Fate::LetIn => Err(()),
        Fate::Undecided if decision.may_still_come() => Err(()),
        Fate::Undecided => Ok(None),
    }
}

/// So many frames of an answer are read before it begins, since they are kept for who may not be let in: an event of rmcp's own, with
/// which it begins its streams, the answer, and one more.
const MOST_READ_AHEAD: usize = 3;

/// For so long an answer waits for its end, once it may begin.
const SOON: Duration = Duration::from_millis(5);

pin_project! {
    /// An answer that may not begin yet. Becomes the answer, and the challenge that it is to be replaced with.
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Held {
        context: Context,
        response: Option<Response<Body>>,
        read: Vec<Said>,
        has_ended: bool,
        may_begin: bool,
        #[pin]
        deadline: Sleep,
    }

    // Takes its waker back, so that a context that somebody keeps does not keep a connection's task.
    impl PinnedDrop for Held {
        fn drop(this: Pin<&mut Self>) {
            this.context.decision().waiting.take();
        }
    }
}

type Said = Result<Frame<Bytes>, axum::Error>;

impl Held {
    /// Nothing waits for longer than `longest` for the decision, whatever keeps a reporter alive.
    pub(crate) fn new(context: Context, response: Response<Body>, longest: Duration) -> Self {
        Self {
            context,
            response: Some(response),
            read: Vec::new(),
            has_ended: false,
            may_begin: false,
            deadline: tokio::time::sleep(longest),
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
        decision.waiting.register(cx.waker());
        let mut deadline = this.deadline;
        let refused = loop {
            let reads_on = !*this.has_ended && this.read.len() < MOST_READ_AHEAD;
            let is_let_in = match &*decision.fate() {
                Fate::Refused(challenge) => break Some(challenge.clone()),
                Fate::LetIn if reads_on => true,
                Fate::Undecided if decision.may_still_come() => false,
                Fate::LetIn | Fate::Undecided => break None,
            };
            if is_let_in && !mem::replace(this.may_begin, true) {
                deadline.as_mut().reset(Instant::now() + SOON);
            }
            if reads_on && let Poll::Ready(said) = Pin::new(response.body_mut()).poll_frame(cx) {
                // A body is not asked again after an error.
                *this.has_ended = !matches!(said, Some(Ok(_)));
                this.read.extend(said);
                continue;
            }
            ready!(deadline.as_mut().poll(cx));
            if !is_let_in {
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
    use futures_util::{StreamExt, stream};
    use http_body_util::BodyExt;
    use tokio::{sync::mpsc, task::JoinHandle};

    use super::*;
    use crate::{http::Guarded, provider::Provider};

    const LONGEST: Duration = Duration::from_secs(20);

    /// An answer that is held, and the handler's side of it.
    fn held_with(body: Body) -> (Pin<Box<Held>>, Guarded) {
        let provider = Provider::builder()
            .authkit_domain("app.authkit.app")
            .base_url("https://mcp.example.com")
            .build()
            .unwrap();
        let context = Context::new(None, provider);
        let guarded = Guarded::held(context.clone());
        let mut response = Response::new(body);
        let kind = http::HeaderValue::from_static("text/event-stream");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        assert_eq!(begins_at_once(&context, &response), Err(()));
        (Box::pin(Held::new(context, response, LONGEST)), guarded)
    }

    /// The same, and where its content comes from.
    fn held() -> (Pin<Box<Held>>, Guarded, mpsc::Sender<&'static str>) {
        let (say, said) = mpsc::channel::<&str>(8);
        let frames = stream::unfold(said, async |mut said| Some((said.recv().await?, said)));
        let frames = frames.map(Ok::<_, std::convert::Infallible>);
        let (held, guarded) = held_with(Body::from_stream(frames));
        (held, guarded, say)
    }

    async fn content(body: Body) -> Bytes {
        body.collect().await.unwrap().to_bytes()
    }

    /// How long it waits, and what comes of it.
    async fn begun(held: Pin<Box<Held>>) -> (Duration, Body, Option<Challenge>) {
        let start = Instant::now();
        let (response, challenge) = held.await;
        (start.elapsed(), response.into_body(), challenge)
    }

    /// The same in a task of its own, which has waited for a while.
    async fn beginning(held: Pin<Box<Held>>) -> JoinHandle<(Duration, Body, Option<Challenge>)> {
        let beginning = tokio::spawn(begun(held));
        tokio::task::yield_now().await;
        assert!(!beginning.is_finished());
        beginning
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_comes_soon_begins_when_there_is_all_of_it() {
        let (held, guarded, say) = held();
        say.send("priming, ").await.unwrap();
        let beginning = beginning(held).await;
        guarded.let_in();
        drop(guarded);
        say.send("answer").await.unwrap();
        tokio::task::yield_now().await;
        assert!(!beginning.is_finished());
        drop(say);
        let (waited, body, challenge) = beginning.await.unwrap();
        assert_eq!((waited, challenge), (Duration::ZERO, None));
        assert_eq!(content(body).await, "priming, answer");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_its_time_begins_soon_after_it_may() {
        let (held, guarded, say) = held();
        say.send("priming, ").await.unwrap();
        let beginning = beginning(held).await;
        guarded.let_in();
        let (waited, body, _) = beginning.await.unwrap();
        assert!((SOON..2 * SOON).contains(&waited), "{waited:?}");
        say.send("answer").await.unwrap();
        drop(say);
        assert_eq!(content(body).await, "priming, answer");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_of_many_parts_begins_with_some() {
        let (held, guarded, say) = held();
        for part in ["1", "2", "3", "4"] {
            say.send(part).await.unwrap();
        }
        let beginning = beginning(held).await;
        guarded.let_in();
        let (waited, body, _) = beginning.await.unwrap();
        assert_eq!(waited, Duration::ZERO);
        drop(say);
        assert_eq!(content(body).await, "1234");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_ended_before_the_decision_begins_with_it() {
        let (held, guarded, say) = held();
        drop(say);
        let beginning = beginning(held).await;
        guarded.let_in();
        let (waited, body, _) = beginning.await.unwrap();
        assert_eq!(waited, Duration::ZERO);
        assert_eq!(content(body).await, "");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_told_at_once_also_when_something_was_read() {
        let (held, guarded, say) = held();
        say.send("priming").await.unwrap();
        let beginning = beginning(held).await;
        guarded.refuse(Challenge::SignIn);
        let (waited, _, challenge) = beginning.await.unwrap();
        assert_eq!(waited, Duration::ZERO);
        assert_eq!(challenge, Some(Challenge::SignIn));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_counts_also_after_it_was_let_in_while_the_answer_waits() {
        let (held, guarded, say) = held();
        let beginning = beginning(held).await;
        guarded.let_in();
        say.send("progress").await.unwrap();
        tokio::task::yield_now().await;
        guarded.refuse(Challenge::SignIn);
        let (waited, _, challenge) = beginning.await.unwrap();
        assert_eq!(waited, Duration::ZERO);
        assert_eq!(challenge, Some(Challenge::SignIn));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_not_asked_again_after_an_error() {
        let mut asked = 0;
        let broken = stream::poll_fn(move |_| {
            asked += 1;
            assert_eq!(asked, 1);
            Poll::Ready(Some(Err::<&str, _>(std::io::Error::other("broken"))))
        });
        let (held, guarded) = held_with(Body::from_stream(broken));
        let beginning = beginning(held).await;
        guarded.let_in();
        let (waited, mut body, _) = beginning.await.unwrap();
        assert_eq!(waited, Duration::ZERO);
        assert!(body.frame().await.unwrap().is_err());
        assert!(body.frame().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_decision_an_answer_begins_when_nobody_is_left_to_decide() {
        let (held, guarded, _say) = held();
        let beginning = beginning(held).await;
        drop(guarded);
        let (waited, ..) = beginning.await.unwrap();
        assert_eq!(waited, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_decision_an_answer_begins_after_a_while() {
        let (held, _guarded, _say) = held();
        let (waited, ..) = begun(held).await;
        assert!((LONGEST..LONGEST + SOON).contains(&waited), "{waited:?}");
    }

    #[tokio::test]
    async fn what_was_read_goes_before_the_rest_with_errors_and_trailers() {
        let trailers = http::HeaderMap::from_iter([(header::ETAG, "x".parse().unwrap())]);
        let mut body = Body::new(ReadAhead {
            read: [
                Ok(Frame::data("1".into())),
                Err(axum::Error::new("broken")),
                Ok(Frame::trailers(trailers)),
            ]
            .into(),
            rest: Some("2".into()),
        });
        assert!(body.frame().await.unwrap().unwrap().is_data());
        assert_eq!(
            body.frame().await.unwrap().unwrap_err().to_string(),
            "broken"
        );
        assert!(body.frame().await.unwrap().unwrap().is_trailers());
        assert!(!body.is_end_stream());
        assert_eq!(content(body).await, "2");
    }
}
