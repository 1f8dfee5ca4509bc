//! Which client calls the token or the introspection endpoint (RFC 6749 §2.3).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::clients::{self, Client, ClientAuthentication};
use super::oauth::{OAuthError, Parameters};
use crate::state::Environment;

/// The client, if it proves its identity in the way that it registered.
pub(crate) fn authenticate(
    environment: &Environment,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Client, OAuthError> {
    let credentials = Credentials::read(headers, parameters)?;
    let client = clients::find(environment, &credentials.client_id)
        .ok_or_else(|| OAuthError::invalid_client("register the client first: it is unknown"))?;
    if !client.authentication.contains(&credentials.method) {
        let methods: Vec<&str> = client
            .authentication
            .iter()
            .map(|method| method.name())
            .collect();
        return Err(OAuthError::invalid_client(format!(
            "authenticate with {}, which this client registered, not with {}",
            methods.join(" or "),
            credentials.method.name()
        )));
    }
    match &credentials.secret {
        Some(secret) if !client.has_secret(secret) => Err(OAuthError::invalid_client(
            "send the client_secret of the registration",
        )),
        _ => Ok(client),
    }
}

struct Credentials {
    client_id: String,
    secret: Option<String>,
    method: ClientAuthentication,
}

impl Credentials {
    fn read(headers: &HeaderMap, parameters: &Parameters) -> Result<Self, OAuthError> {
        let client_id = parameters.get("client_id");
        let secret = parameters.get("client_secret");
        let Some(header) = headers.get(AUTHORIZATION) else {
            return Ok(Self {
                client_id: parameters.require("client_id")?.to_owned(),
                secret: secret.map(str::to_owned),
                method: match secret {
                    Some(_) => ClientAuthentication::ClientSecretPost,
                    None => ClientAuthentication::None,
                },
            });
        };
        let (user, password) = basic(header.as_bytes()).ok_or_else(|| {
            OAuthError::invalid_client("send the client id and secret as HTTP Basic credentials")
        })?;
        if secret.is_some() || client_id.is_some_and(|id| id != user) {
            return Err(OAuthError::invalid_request(
                "send one client id and one secret: either in the header or in the form",
            ));
        }
        Ok(Self {
            client_id: user,
            secret: Some(password),
            method: ClientAuthentication::ClientSecretBasic,
        })
    }
}

/// Ids and secrets of the emulator are made of characters which form encoding leaves alone, so
/// there is nothing to decode in them.
fn basic(header: &[u8]) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_at_checked("Basic ".len())?;
    if !scheme.eq_ignore_ascii_case(b"Basic ") {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
