//! Faults that tests switch on, and the count of the requests that arrived.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use tokio::sync::watch;

use crate::endpoint::Endpoint;
use crate::state::Environment;

/// What an endpoint does instead of its work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Answers with this status and no body.
    Status(u16),
    /// Answers with this status, no body, and a `Retry-After` of so many seconds.
    RetryAfter {
        /// The status, usually 429 or 503.
        status: u16,
        /// The value of `Retry-After`.
        seconds: u64,
    },
    /// Answers with this body.
    Body {
        /// The status.
        status: u16,
        /// The value of `Content-Type`.
        content_type: String,
        /// The body, sent as it is.
        body: String,
    },
    /// Answers `302 Found` with this `Location`.
    Redirect(String),
    /// Never answers. Waiting requests go on when the fault is cleared or replaced.
    Stall,
    /// Closes the connection without an answer.
    Reset,
    /// Does its work, but only after this time.
    Delay(Duration),
}

impl FromStr for Fault {
    type Err = String;

    /// `503`, `429:3` (with `Retry-After: 3`), `stall`, `reset`, or `delay:250` (milliseconds).
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name, Some(number)),
            None => (text, None),
        };
        let status = name.parse().ok().filter(|code| (100..=599).contains(code));
        let number = number.map(str::parse::<u64>).transpose();
        match (name, status, number) {
            ("stall", _, Ok(None)) => Ok(Self::Stall),
            ("reset", _, Ok(None)) => Ok(Self::Reset),
            ("delay", _, Ok(Some(milliseconds))) => {
                Ok(Self::Delay(Duration::from_millis(milliseconds)))
            }
            (_, Some(status), Ok(None)) => Ok(Self::Status(status)),
            (_, Some(status), Ok(Some(seconds))) => Ok(Self::RetryAfter { status, seconds }),
            _ => Err(format!(
                "{text:?} is no fault; write a status such as 503, 429:SECONDS, stall, reset or \
                 delay:MILLISECONDS"
            )),
        }
    }
}

/// Marks a response which must not be sent: the connection ends instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reset;

pub(crate) struct Gates([Gate; Endpoint::ALL.len()]);

impl Default for Gates {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Gate::default()))
    }
}

impl Gates {
    pub(crate) fn of(&self, endpoint: Endpoint) -> &Gate {
        // `Endpoint::ALL` holds every variant, and a test holds it to that.
        &self.0[endpoint as usize]
    }
}

/// In front of one endpoint.
#[derive(Default)]
pub(crate) struct Gate {
    requests: watch::Sender<u64>,
    fault: watch::Sender<Option<Fault>>,
}

impl Gate {
    pub(crate) fn set(&self, fault: Option<Fault>) {
        self.fault.send_replace(fault);
    }

    pub(crate) fn requests(&self) -> u64 {
        *self.requests.borrow()
    }

    pub(crate) async fn wait_for_requests(&self, count: u64) {
        // An error means that the sender is gone; it lives in `self`.
        let _ = self.requests.subscribe().wait_for(|n| *n >= count).await;
    }

    async fn fault(&self) -> Option<Fault> {
        let mut fault = self.fault.subscribe();
        let not_stalled = fault.wait_for(|fault| !matches!(fault, Some(Fault::Stall)));
        not_stalled.await.ok().and_then(|fault| fault.clone())
    }
}

pub(crate) async fn pass(
    State((environment, endpoint)): State<(Arc<Environment>, Endpoint)>,
    request: Request,
    next: Next,
) -> Response {
    let gate = environment.gates.of(endpoint);
    gate.requests.send_modify(|n| *n += 1);
    match gate.fault().await {
        None | Some(Fault::Stall) => next.run(request).await,
        Some(Fault::Delay(time)) => {
            tokio::time::sleep(time).await;
            next.run(request).await
        }
        Some(Fault::Status(code)) => status(code).into_response(),
        Some(Fault::RetryAfter {
            status: code,
            seconds,
        }) => (status(code), [(RETRY_AFTER, seconds.to_string())]).into_response(),
        Some(Fault::Body {
            status: code,
            content_type,
            body,
        }) => (status(code), [(CONTENT_TYPE, content_type)], body).into_response(),
        Some(Fault::Redirect(location)) => {
            (StatusCode::FOUND, [(LOCATION, location)]).into_response()
        }
        Some(Fault::Reset) => {
            let mut response = Response::default();
            response.extensions_mut().insert(Reset);
            response
        }
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
