//! The authorization server.

mod authorize;
mod client_authentication;
mod client_metadata;
mod clients;
mod grants;
mod introspection;
mod metadata;
mod oauth;
mod pages;
mod public_address;
mod redirect_uri;
mod register;
mod sign_in;
mod token;
mod userinfo;

pub(crate) use authorize::authorize;
pub(crate) use client_metadata::ClientMetadata;
pub(crate) use clients::Client;
pub(crate) use grants::Grants;
pub(crate) use introspection::introspect;
pub(crate) use metadata::{jwks, metadata, openid_configuration};
pub(crate) use register::register;
pub(crate) use sign_in::{decide, show};
pub(crate) use token::token;
pub(crate) use userinfo::userinfo;
