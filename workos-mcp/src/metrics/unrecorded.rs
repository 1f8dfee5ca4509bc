//! Without the feature there is nothing to count with.

use super::{AuthorityLookup, Credential, Verification};

pub(crate) fn describe() {}

pub(crate) fn verification(_: Credential, _: Verification) {}

pub(crate) fn remembered(_: bool) {}

pub(crate) fn key_fetch(_: bool) {}

pub(crate) fn authority_lookup(_: AuthorityLookup) {}

pub(crate) fn refused(_: impl FnOnce() -> &'static str) {}
