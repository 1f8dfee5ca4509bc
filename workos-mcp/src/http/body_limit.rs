//! The bound on a request's body.
//!
//! A length that is announced is judged at once. A body that is sent in pieces is counted, and because the
//! inner service would call the cut-off body a broken one, the guard is told that it was too long.

use std::{
    mem,
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

use super::request_id::RequestId;

/// Tells whether a body turned out to be too long.
#[derive(Default)]
pub(super) struct Exceeded(Option<Box<Watch>>);

struct Watch {
    exceeded: Arc<AtomicBool>,
    request: RequestId,
}

impl Exceeded {
    /// The request to refuse, if its body was too long.
    pub(super) fn request(&self) -> Option<&RequestId> {
        let watch = self.0.as_ref()?;
        watch
            .exceeded
            .load(Ordering::Relaxed)
            .then_some(&watch.request)
    }
}

/// Bounds the body of a request, or gives the request's id when it announces more than `limit` bytes.
pub(super) fn bound(request: &mut Request<Body>, limit: usize) -> Result<Exceeded, RequestId> {
    let announced = request.body().size_hint();
    let limit_bytes = u64::try_from(limit).unwrap_or(u64::MAX);
    if announced.lower() > limit_bytes {
        return Err(RequestId::of(request.headers()));
    }
    // hyper holds a sender to the length it announced.
    if announced.upper().is_some_and(|upper| upper <= limit_bytes) {
        return Ok(Exceeded::default());
    }
    let watch = Watch {
        exceeded: Arc::default(),
        request: RequestId::of(request.headers()),
    };
    let exceeded = watch.exceeded.clone();
    let body = mem::take(request.body_mut());
    *request.body_mut() = Body::new(Counted {
        body: http_body_util::Limited::new(body, limit),
        exceeded,
    });
    Ok(Exceeded(Some(Box::new(watch))))
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
