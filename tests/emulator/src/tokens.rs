//! The tokens of AuthKit, as claims and as signed text.

use std::io;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::directory::User;
use crate::ids;
use crate::keys::{SigningAlgorithm, SigningKey};
use crate::seed;
use crate::state::{Environment, now, seconds};

/// WorkOS documents an hour for ID tokens.
const ID_TOKEN_LIFETIME: i64 = 3600;

pub(crate) type Members = Map<String, Value>;

/// What differs from one access token of a user to the next.
pub(crate) struct AccessToken<'a> {
    pub(crate) audience: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) consent_id: &'a str,
    pub(crate) organization_id: Option<&'a str>,
    pub(crate) scope: &'a str,
}

impl AccessToken<'_> {
    pub(crate) fn claims(&self, environment: &Environment) -> Members {
        let mut claims = common_claims(environment, self.user_id, self.audience);
        claims.insert("client_id".to_owned(), json!(self.client_id));
        claims.insert("sid".to_owned(), json!(self.consent_id));
        if let Some(organization) = self.organization_id {
            claims.insert("org_id".to_owned(), json!(organization));
        }
        claims.insert("scope".to_owned(), json!(self.scope));
        claims.extend(environment.settings.read().jwt_template.clone());
        claims
    }
}

/// The token of a machine-to-machine application: no user, no consent, and never a resource as
/// its audience.
pub(crate) fn machine_claims(
    environment: &Environment,
    application_id: &str,
    organization_id: &str,
    scope: &str,
) -> Members {
    let mut claims = common_claims(environment, application_id, seed::CLIENT_ID);
    claims.insert("client_id".to_owned(), json!(application_id));
    claims.insert("org_id".to_owned(), json!(organization_id));
    claims.insert("scope".to_owned(), json!(scope));
    claims
}

fn common_claims(environment: &Environment, subject: &str, audience: &str) -> Members {
    let issued = now();
    let lifetime = seconds(environment.settings.read().access_token_lifetime);
    let mut claims = Members::new();
    claims.insert("iss".to_owned(), json!(environment.issuer));
    claims.insert("aud".to_owned(), json!(audience));
    claims.insert("sub".to_owned(), json!(subject));
    claims.insert("jti".to_owned(), json!(ids::bare()));
    claims.insert("iat".to_owned(), json!(issued));
    claims.insert("exp".to_owned(), json!(issued.saturating_add(lifetime)));
    claims
}

pub(crate) fn id_token_claims(
    environment: &Environment,
    user: &User,
    client_id: &str,
    scopes: &[&str],
    nonce: Option<&str>,
) -> Members {
    let issued = now();
    let mut claims = Members::new();
    claims.insert("iss".to_owned(), json!(environment.issuer));
    claims.insert("aud".to_owned(), json!(client_id));
    claims.insert("iat".to_owned(), json!(issued));
    claims.insert("exp".to_owned(), json!(issued + ID_TOKEN_LIFETIME));
    claims.extend(identity(user, scopes));
    if let Some(nonce) = nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    claims
}

/// Who the user is, as far as the scopes say.
pub(crate) fn identity(user: &User, scopes: &[&str]) -> Members {
    let mut claims = Members::new();
    claims.insert("sub".to_owned(), json!(user.id));
    if scopes.contains(&"profile") {
        claims.insert("name".to_owned(), json!(user.name));
        claims.insert("given_name".to_owned(), json!(user.first_name));
        claims.insert("family_name".to_owned(), json!(user.last_name));
    }
    if scopes.contains(&"email") {
        claims.insert("email".to_owned(), json!(user.email));
        claims.insert("email_verified".to_owned(), json!(user.email_verified));
    }
    claims
}

/// The header of every token of AuthKit: no `typ`.
pub(crate) fn header(kid: &str) -> Members {
    let mut header = Members::new();
    header.insert("alg".to_owned(), json!(SigningAlgorithm::Rs256.name()));
    header.insert("kid".to_owned(), json!(kid));
    header
}

pub(crate) fn signed(claims: Members, key: &SigningKey) -> io::Result<String> {
    let header = Value::Object(header(key.kid())).to_string();
    let message = signing_input(&header, &Value::Object(claims).to_string());
    let signature = key.sign(SigningAlgorithm::Rs256, message.as_bytes())?;
    Ok(compact(&message, &signature))
}

/// The claims of a token that this environment issued, if its signature is good and its time is
/// not over.
pub(crate) fn verified(environment: &Environment, token: &str) -> Option<Members> {
    let (message, signature) = token.rsplit_once('.')?;
    let (header, payload) = message.split_once('.')?;
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
    let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
    if header["alg"] != SigningAlgorithm::Rs256.name() {
        return None;
    }
    let key = environment.keys.published(header["kid"].as_str()?)?;
    if !key.verifies(message.as_bytes(), &decode(signature)?) {
        return None;
    }
    let claims: Members = serde_json::from_slice(&decode(payload)?).ok()?;
    let ours = claims.get("iss").and_then(Value::as_str) == Some(&*environment.issuer);
    let expiry = claims.get("exp").and_then(Value::as_i64)?;
    (ours && expiry > now()).then_some(claims)
}

pub(crate) fn signing_input(header: &str, payload: &str) -> String {
    let encode = |part: &str| BASE64_URL_SAFE_NO_PAD.encode(part);
    format!("{}.{}", encode(header), encode(payload))
}

pub(crate) fn compact(signing_input: &str, signature: &[u8]) -> String {
    format!(
        "{signing_input}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(signature)
    )
}
