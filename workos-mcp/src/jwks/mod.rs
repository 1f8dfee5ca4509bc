//! The key set of an issuer.
