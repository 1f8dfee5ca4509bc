//! The authorization server.

mod authorize;
mod client_authentication;
mod clients;
mod grants;
mod metadata;
mod oauth;
mod redirect_uri;
mod register;
mod token;

pub(crate) use authorize::authorize;
pub(crate) use clients::Client;
pub(crate) use grants::Grants;
pub(crate) use metadata::{jwks, metadata};
pub(crate) use register::register;
pub(crate) use token::token;
