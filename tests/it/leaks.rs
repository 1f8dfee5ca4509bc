//! Nothing tells more than it must: no token and no key in anybody's log, and no word about who calls in ours,
//! in an answer that refuses, or in `Debug`.

mod api_keys;
mod configuration;
mod handlers;
mod refusals;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::{Map, Value, json};
use workos_mcp_emulator::{TokenBuilder, User};
use workos_mcp_tests::{Logs, World};

/// A claim that only a token says.
const PLAN: &str = "a-plan-that-nobody-knows-of";

/// A token of a user that says more of them than AuthKit's do.
fn telling(world: &World, user: &User) -> TokenBuilder {
    let token = world.emulator.token(user);
    token
        .claim("email", json!(user.email()))
        .claim("urn:example:plan", json!(PLAN))
}

/// What WorkOS says of somebody in an error: words that must not be passed on.
fn echo(user: &User) -> String {
    json!({
        "message": format!("{} ({}) is not what it should be", user.email(), user.id()),
        "code": format!("about {}", user.email()),
        "error": user.email(),
        "error_description": format!("{} again", user.email()),
        "errors": [{ "code": user.email(), "message": user.id() }],
    })
    .to_string()
}

/// What must not be seen.
struct Secrets {
    /// Tokens and keys, in anybody's words.
    credentials: Vec<String>,
    /// Who calls, in ours.
    personal: Vec<String>,
}

impl Secrets {
    fn new(world: &World) -> Self {
        let people = [world.emulator.ada(), world.emulator.grace()];
        let personal = people
            .iter()
            .flat_map(|user| [user.email().to_owned(), user.id().to_owned()]);
        Self {
            credentials: vec![world.emulator.api_key().to_owned()],
            personal: personal.chain([PLAN.to_owned()]).collect(),
        }
    }

    /// With a token and what it says.
    fn with(mut self, world: &World, token: &str) -> Self {
        let segments: Vec<_> = token.split('.').map(ToOwned::to_owned).collect();
        let payload = segments
            .get(1)
            .and_then(|payload| BASE64.decode(payload).ok());
        let claims: Map<String, Value> = payload
            .and_then(|payload| serde_json::from_slice(&payload).ok())
            .unwrap_or_default();
        let ours = [world.mcp_url(), world.provider.issuer()];
        for (name, claim) in claims {
            match claim {
                // Scopes are what a challenge is about, and our own URLs are no secret.
                Value::String(claim)
                    if name != "scope" && !ours.iter().any(|ours| ours.contains(&*claim)) =>
                {
                    self.personal.push(claim);
                }
                _ => {}
            }
        }
        self.credentials.extend(segments);
        self.personal.retain(|word| word.len() >= 12);
        self.credentials.retain(|word| word.len() >= 12);
        self
    }

    /// `told` is an answer that refuses.
    fn are_kept(&self, name: &str, logs: &Logs, told: &str) {
        let (all, ours) = (logs.text(), without_span(&logs.ours()));
        for credential in &self.credentials {
            let line = all.lines().find(|line| line.contains(credential));
            assert!(
                line.is_none(),
                "{name}: {credential} is in the log: {line:?}"
            );
            assert!(!told.contains(credential), "{name}: {credential} in {told}");
        }
        for word in &self.personal {
            let line = ours.lines().find(|line| line.contains(word));
            assert!(line.is_none(), "{name}: {word} is in our log: {line:?}");
            assert!(!told.contains(word), "{name}: {word} in {told}");
        }
    }
}

/// The lines without the span that a handler runs in. It tells the organization by intention, for who serves several customers
/// and reads logs by them; nothing else may, and the span may tell nothing else of the caller.
fn without_span(lines: &str) -> String {
    let mut kept = String::new();
    let mut rest = lines;
    while let Some((before, span)) = rest.split_once("mcp.call{") {
        let (fields, after) = span.split_once('}').expect("a span ends");
        kept.push_str(before);
        for field in fields.split(' ') {
            if !field.starts_with("workos.organization_id=\"org_") {
                kept.push_str(field);
                kept.push(' ');
            }
        }
        rest = after;
    }
    kept + rest
}

#[test]
fn only_the_organization_of_a_span_is_passed_over() {
    let line = "INFO mcp.call{mcp.tool=\"x\" workos.organization_id=\"org_1\"}: workos_mcp::a: org_1 user_1\n";
    let kept = without_span(line);
    assert_eq!(kept.matches("org_1").count(), 1, "{kept}");
    assert!(
        kept.contains("mcp.tool=\"x\"") && kept.contains("user_1"),
        "{kept}"
    );
    let other = "INFO mcp.call{workos.user=\"user_1\"}: workos.organization_id=\"org_1\"";
    let kept = without_span(other);
    assert!(kept.contains("user_1") && kept.contains("org_1"), "{kept}");
}
