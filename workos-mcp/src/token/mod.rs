//! Verifying a bearer token.
