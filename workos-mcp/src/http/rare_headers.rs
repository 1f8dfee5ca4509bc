//! The headers that the guard acts on and few requests have.

use http::{HeaderMap, HeaderName, header};

use super::{request_id::REQUEST_ID, session_tag::SESSION_ID};

/// Names a stream that is to be resumed. The ids of an event store are bound to nobody; where there is none, rmcp
/// resumes within the session only.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Which of them a request has. One walk over the names takes a fifth of the time of a look-up for each.
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is about a header of its own"
)]
pub(super) struct RareHeaders {
    pub(super) origin: bool,
    pub(super) last_event_id: bool,
    pub(super) session_id: bool,
    pub(super) request_id: bool,
}

impl RareHeaders {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut rare = Self::default();
        for name in headers.keys() {
            rare.origin |= *name == header::ORIGIN;
            rare.last_event_id |= *name == LAST_EVENT_ID;
            rare.session_id |= *name == SESSION_ID;
            rare.request_id |= *name == REQUEST_ID;
        }
        rare
    }
}
