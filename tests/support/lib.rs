//! What the integration tests stand on: a running world, handlers that tell what they saw, and a client
//! that speaks the wire format itself, so that it can also speak it badly.

#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "only tests use this crate, and a test that cannot go on must say so where it stands"
)]

mod call;
mod key_server;
mod logs;
mod mode;
mod recorder;
mod tools;
mod wire;
mod world;

pub use call::{CALL, CALL_HEADERS};
pub use key_server::{KeyAnswer, KeyServer};
pub use logs::Logs;
pub use mode::Mode;
pub use recorder::Recorder;
pub use tools::{Gate, Tools};
pub use wire::{Era, Reply, Wire};
pub use world::{World, WorldBuilder};

/// The user id that `session()` finds here, or the kind of error it gives.
pub fn who() -> String {
    match workos_mcp::session() {
        Ok(session) => session.user_id().to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    }
}
