//! The bound on a request's body.
//!
//! A length that is announced is judged at once. A body that is sent in pieces is counted, and because the
//! inner service would call the cut-off body a broken one, the guard is told that it was too long.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::LengthLimitError;

/// Set once a body turned out to be too long.
#[derive(Clone, Default)]
pub(super) struct Exceeded(Option<Arc<AtomicBool>>);

impl Exceeded {
    pub(super) fn is_set(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// The request with its body bounded, or `None` when it announces more than `limit` bytes.
pub(super) fn bound(request: Request<Body>, limit: usize) -> Option<(Request<Body>, Exceeded)> {
    let announced = request.body().size_hint();
    let limit_bytes = u64::try_from(limit).unwrap_or(u64::MAX);
    if announced.lower() > limit_bytes {
        return None;
    }
    // hyper holds a sender to the length it announced.
    if announced.upper().is_some_and(|upper| upper <= limit_bytes) {
        return Some((request, Exceeded::default()));
    }
    let exceeded = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| {
        Body::new(Counted {
            body: http_body_util::Limited::new(body, limit),
            exceeded: exceeded.clone(),
        })
    });
    Some((request, Exceeded(Some(exceeded))))
}

struct Counted {
    body: http_body_util::Limited<Body>,
    exceeded: Arc<AtomicBool>,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Err(error))) = &polled
            && error.is::<LengthLimitError>()
        {
            self.exceeded.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
