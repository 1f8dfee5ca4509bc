//! One promise a file, checked from outside: over real sockets, against the emulator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy.toml allows them in test functions; their helpers are tests too"
)]

mod api_keys;
mod attacks;
mod attributes;
mod by_hand;
mod cors;
mod dependencies;
mod every_method;
mod isolation;
mod issuers;
mod keys;
mod leaks;
mod machines;
mod metadata;
mod metrics;
mod public;
mod quickstart;
mod refusals;
mod rules;
mod session_ids;
mod shutdown;
mod sign_in;
mod stdio;
mod stream_end;
mod tasks;
mod users;
