//! A stream does not outlive the token that opened it.
//!
//! Who is signed out, or whose token is not renewed, must not be told what happens for hours. A client whose stream
//! ends opens it again, and is told to refresh the token if that is over.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll},
    time::{Duration, SystemTime},
};

use axum::body::{Body, BodyDataStream};
use futures_util::{Stream, StreamExt};
use http::{Response, StatusCode};
use tokio::time::Sleep;

use super::held::is_stream;
use crate::{context::Context, principal::Principal, provider::Provider};

/// How long a stream lives that was opened without a token. Its client opens it again.
const WITHOUT_TOKEN: Duration = Duration::from_secs(5 * 60);

/// Waits until the token of this request is over, with the leeway that is given to it everywhere. Until when a key is
/// believed is by our own clock.
pub(crate) fn stream_expiry(context: &Context, provider: &Provider) -> Sleep {
    let over = match context.principal() {
        Ok(principal @ Principal::ApiKey(_)) => principal.good_until(),
        Ok(principal) => principal.good_until() + provider.config().limits.clock_leeway,
        Err(_) => SystemTime::now() + WITHOUT_TOKEN,
    };
    tokio::time::sleep(over.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Ends the stream when the token is over.
pub(super) fn at_expiry(
    response: Response<Body>,
    context: &Context,
    provider: &Provider,
) -> Response<Body> {
    // Anything else is an answer that takes its time, and is finished.
    if response.status() != StatusCode::OK || !is_stream(&response) {
        return response;
    }
    let expiry = Box::pin(stream_expiry(context, provider));
    response.map(|body| {
        let stream = body.into_data_stream();
        Body::from_stream(Ending { stream, expiry })
    })
}

struct Ending {
    stream: BodyDataStream,
    expiry: Pin<Box<Sleep>>,
}

impl Stream for Ending {
    type Item = <BodyDataStream as Stream>::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        if self.expiry.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        self.stream.poll_next_unpin(cx)
    }
}
