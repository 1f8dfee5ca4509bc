//! Who has no good token does not get in, and learns nothing but where to get one.

mod claims;
mod credentials;
mod forgeries;
mod oversize;
mod requests;
mod tokens;

use std::sync::atomic::Ordering;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use reqwest::header::AUTHORIZATION;
use serde_json::{Map, Value, json};
use workos_mcp_emulator::TokenBuilder;
use workos_mcp_tests::{Logs, Tools, World, WorldBuilder};

const GENERAL: &str = "the access token is not valid for this server";
const EXPIRED: &str = "the access token has expired; refresh it";

/// A server, and what its tools saw.
struct Site {
    world: World,
    tools: Tools,
    admitted: usize,
    /// The first refusal in all its bytes: the others must be the same.
    first: Option<String>,
}

impl Site {
    async fn start() -> Self {
        Self::of(World::builder()).await
    }

    async fn of(world: WorldBuilder) -> Self {
        let tools = Tools::default();
        let (given, admitted, first) = (tools.clone(), 0, None);
        let world = world.start(move || Ok(given.clone())).await;
        Self {
            world,
            tools,
            admitted,
            first,
        }
    }

    fn token(&self) -> TokenBuilder {
        self.world.emulator.token(&self.world.emulator.ada())
    }

    /// The challenge, with `error` in front or nothing.
    fn challenge(&self, error: &str) -> String {
        let metadata = self.world.url("/.well-known/oauth-protected-resource/mcp");
        let scope = "openid profile email offline_access";
        format!("Bearer {error}resource_metadata=\"{metadata}\", scope=\"{scope}\"")
    }

    fn nothing_ran(&self, name: &str) {
        let entered = self.tools.entered.load(Ordering::Relaxed);
        assert_eq!(entered, self.admitted, "{name}: the tool ran");
    }

    async fn admits(&mut self, name: &str, authorization: &str) {
        let request = self.world.call().header(AUTHORIZATION, authorization);
        let response = request.send().await.unwrap();
        self.admitted += 1;
        assert_eq!(response.status(), 200, "{name}");
        let body = response.text().await.unwrap();
        assert!(
            body.contains(self.world.emulator.ada().id()),
            "{name}: {body}"
        );
        self.nothing_ran(name);
    }

    /// Refused with the general text; our log says why.
    async fn refuses(&mut self, name: &str, reason: &str, token: TokenBuilder) {
        self.refuses_text(name, reason, &token.build()).await;
    }

    async fn refuses_text(&mut self, name: &str, reason: &str, token: &str) {
        let (seen, line) = self.refused(name, token, GENERAL).await;
        assert!(
            line.contains("WARN") || line.contains("ERROR"),
            "{name}: {line}"
        );
        assert!(
            line.contains(reason),
            "{name} for another reason than {reason:?}: {line}"
        );
        let first = self.first.get_or_insert_with(|| seen.clone());
        assert_eq!(*first, seen, "{name}");
    }

    /// Everything that can be seen of the refusal, and its line in our log.
    async fn refused(&mut self, name: &str, token: &str, text: &str) -> (String, String) {
        let logs = Logs::capture();
        let request = self.world.call().bearer_auth(token);
        let response = request.send().await.unwrap();
        let status = response.status();
        let mut headers = response.headers().clone();
        let body = response.text().await.unwrap();
        assert_eq!(status, 401, "{name}: {body}");
        let error = json!({ "error": "invalid_token", "error_description": text }).to_string();
        assert_eq!(body, error, "{name}");
        let challenge = format!("error=\"invalid_token\", error_description=\"{text}\", ");
        let challenges: Vec<_> = headers.get_all("www-authenticate").iter().collect();
        assert_eq!(challenges, [&self.challenge(&challenge)], "{name}");
        self.nothing_ran(name);

        headers.remove("date");
        let id = headers.remove("x-request-id").expect("a request id");
        let seen = format!("{headers:?} {body}");
        let lines = logs.lines_with(id.to_str().unwrap());
        assert_eq!(lines.len(), 1, "{name}: {lines:?}");
        let log = logs.text();
        let ours = [self.world.mcp_url(), self.world.emulator.issuer()];
        for secret in secrets(token, ours) {
            assert!(
                !log.contains(&secret),
                "{name}: {secret} is in the log:\n{log}"
            );
            assert!(
                !seen.contains(&secret),
                "{name}: {secret} is in the response: {seen}"
            );
        }
        (seen, lines[0].clone())
    }
}

/// The parts of a token that nobody may repeat: its segments, and its claims unless our own URLs hold them.
fn secrets(token: &str, ours: [&str; 2]) -> Vec<String> {
    let segments = token.split('.').map(ToOwned::to_owned);
    let payload = token.split('.').nth(1).unwrap_or_default();
    let payload = BASE64.decode(payload).unwrap_or_default();
    let claims: Map<String, Value> = serde_json::from_slice(&payload).unwrap_or_default();
    let claims = claims.into_iter().filter_map(|(name, value)| match value {
        Value::String(claim) if name != "scope" => Some(claim),
        _ => None,
    });
    let claims = claims.filter(|claim| !ours.iter().any(|ours| ours.contains(&**claim)));
    let secrets = segments.chain(claims);
    secrets.filter(|secret| secret.len() >= 12).collect()
}

/// The token with its signature changed.
fn resigned(token: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = BASE64.decode(signature).unwrap();
    change(&mut signature);
    format!("{signed}.{}", BASE64.encode(signature))
}
