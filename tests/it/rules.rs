//! Who may call what.

#![allow(
    clippy::unused_async,
    clippy::unused_self,
    reason = "a tool is an asynchronous method, whether it waits and needs its handler or not"
)]

mod authority;
mod by_hand;
mod hidden;
mod hold;
mod lists;
mod resources;
mod server;
mod smuggling;
mod spoofing;
mod step_up;
mod step_up_client;
mod workshop;
