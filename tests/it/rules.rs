//! Who may call what.

#![allow(
    clippy::unused_async,
    clippy::unused_self,
    reason = "a tool is an asynchronous method, whether it waits and needs its handler or not"
)]

mod step_up;
mod workshop;
