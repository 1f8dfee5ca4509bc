//! An OAuth client which does what it is told.

#![allow(dead_code, reason = "no test program uses all of it")]

use std::collections::HashMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::StatusCode;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use url::Url;
use workos_mcp_emulator::Emulator;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:3000/callback";

/// The pair of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    pub(crate) method: String,
    issuer: String,
    http: reqwest::Client,
}

pub(crate) fn http() -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    Ok(builder.build()?)
}

impl Client {
    pub(crate) async fn register(emulator: &Emulator, mut metadata: Value) -> Result<Self> {
        let http = http()?;
        let issuer = emulator.issuer().to_owned();
        metadata["redirect_uris"] = [REDIRECT_URI].as_slice().into();
        let response = http
            .post(format!("{issuer}/oauth2/register"))
            .json(&metadata)
            .send()
            .await?;
        assert_eq!(response.status(), StatusCode::CREATED);
        let registered: Value = response.json().await?;
        let text = |name: &str| registered[name].as_str().map(str::to_owned);
        Ok(Self {
            id: text("client_id").ok_or("no client_id")?,
            secret: text("client_secret"),
            method: text("token_endpoint_auth_method").ok_or("no method")?,
            issuer,
            http,
        })
    }

    /// The answer to an authorization request in which `changes` replace parameters.
    pub(crate) async fn authorize(
        &self,
        email: &str,
        changes: &[(&str, &str)],
    ) -> Result<reqwest::Response> {
        let mut parameters = HashMap::from([
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", REDIRECT_URI),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("scope", "openid profile email offline_access"),
            ("login_hint", email),
        ]);
        parameters.extend(changes.iter().copied());
        let url = format!("{}/oauth2/authorize", self.issuer);
        Ok(self.http.get(url).query(&parameters).send().await?)
    }

    /// The code for this user.
    pub(crate) async fn sign_in(&self, email: &str, changes: &[(&str, &str)]) -> Result<String> {
        let mut answer = redirect_query(&self.authorize(email, changes).await?)?;
        Ok(answer.remove("code").ok_or(format!("{answer:?}"))?)
    }

    pub(crate) async fn exchange(
        &self,
        code: &str,
        verifier: &str,
        more: &[(&str, &str)],
    ) -> Result<(StatusCode, Value)> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", verifier),
        ];
        self.token(&[&form, more].concat()).await
    }

    pub(crate) async fn refresh(
        &self,
        token: &Value,
        more: &[(&str, &str)],
    ) -> Result<(StatusCode, Value)> {
        let token = token.as_str().ok_or("no refresh token")?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(&[&form, more].concat()).await
    }

    async fn token(&self, form: &[(&str, &str)]) -> Result<(StatusCode, Value)> {
        let mut form = form.to_vec();
        let mut request = self.http.post(format!("{}/oauth2/token", self.issuer));
        if self.method == "client_secret_basic" {
            request = request.basic_auth(&self.id, self.secret.as_deref());
        } else {
            form.push(("client_id", &self.id));
            form.extend(
                self.secret
                    .as_deref()
                    .map(|secret| ("client_secret", secret)),
            );
        }
        let response = request.form(&form).send().await?;
        Ok((response.status(), response.json().await?))
    }
}

/// The parameters that a redirect brings back to the client.
pub(crate) fn redirect_query(response: &reqwest::Response) -> Result<HashMap<String, String>> {
    let location = response.headers().get("location").ok_or("no redirect")?;
    let url = Url::parse(location.to_str()?)?;
    assert!(url.as_str().starts_with(REDIRECT_URI), "{url}");
    Ok(url.query_pairs().into_owned().collect())
}

/// Header and claims of a token which one of the published keys signed for this audience.
pub(crate) async fn verified(
    emulator: &Emulator,
    token: &Value,
    audience: &str,
) -> Result<(Value, Value)> {
    let token = token.as_str().ok_or("no token")?;
    let url = format!("{}/oauth2/jwks", emulator.issuer());
    let keys: JwkSet = http()?.get(url).send().await?.json().await?;
    let kid = jsonwebtoken::decode_header(token)?.kid.ok_or("no kid")?;
    let key = DecodingKey::from_jwk(keys.find(&kid).ok_or("unknown kid")?)?;
    let claims = decode(token, &key, audience)?;
    Ok((part(token, 0)?, claims))
}

pub(crate) fn decode(token: &str, key: &DecodingKey, audience: &str) -> Result<Value> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[audience]);
    Ok(jsonwebtoken::decode::<Value>(token, key, &validation)?.claims)
}

/// The claims, unverified.
pub(crate) fn claims(token: &Value) -> Result<Value> {
    part(token.as_str().ok_or("no token")?, 1)
}

fn part(token: &str, index: usize) -> Result<Value> {
    let part = token.split('.').nth(index).ok_or("too few parts")?;
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(part)?;
    Ok(serde_json::from_slice(&decoded)?)
}
