//! Which calls are still being answered, so that a server that stops can wait for them.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::{body::Body, extract::Request, middleware::Next, response::Response};
use bytes::Bytes;
use http::{Method, request::Parts};
use http_body::{Frame, SizeHint};
use rmcp::model::Extensions;
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

/// A call in flight, from its request to the end of its answer.
#[derive(Clone)]
struct InFlight(Arc<Mutex<Option<TaskTrackerToken>>>);

impl InFlight {
    fn release(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Middleware that counts calls. Only `POST` carries them; a `GET` is a stream that ends with the server.
pub(super) async fn track(calls: TaskTracker, mut request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let in_flight = InFlight(Arc::new(Mutex::new(Some(calls.token()))));
    request.extensions_mut().insert(in_flight.clone());
    next.run(request)
        .await
        .map(|body| Body::new(Tracked { body, in_flight }))
}

/// Takes a subscription out of the count: it would never end by itself.
pub(super) fn release(extensions: &Extensions) {
    let in_flight = extensions
        .get::<Parts>()
        .and_then(|parts| parts.extensions.get::<InFlight>());
    if let Some(in_flight) = in_flight {
        in_flight.release();
    }
}

struct Tracked {
    body: Body,
    in_flight: InFlight,
}

impl http_body::Body for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

// rmcp keeps the request's extensions longer than the answer takes, so the count cannot wait for them.
impl Drop for Tracked {
    fn drop(&mut self) {
        self.in_flight.release();
    }
}
