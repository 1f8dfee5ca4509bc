//! One promise a file, checked from outside: over real sockets, against the emulator.

mod by_hand;
mod cors;
mod every_method;
mod isolation;
mod keys;
mod metadata;
mod refusals;
mod shutdown;
mod sign_in;
mod users;
