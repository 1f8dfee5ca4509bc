//! While an environment moves to a custom domain, tokens of both its issuers are good, each by its own keys.

#![allow(
    clippy::unused_async,
    clippy::unused_self,
    reason = "a tool is an asynchronous method, whether it waits and needs its handler or not"
)]

use axum::body::Body;
use http::{Request, StatusCode};
use rmcp::{ServerHandler, tool, tool_handler, tool_router};
use serde_json::{Value, json};
use tower::ServiceExt;
use workos_mcp::{Error, Provider, ProviderBuilder, principal};
use workos_mcp_emulator::{Emulator, Endpoint, Fault, TokenBuilder};
use workos_mcp_tests::{CALL, CALL_HEADERS, Logs, Tools, Wire, World};

#[derive(Clone)]
struct Tells;

#[tool_router]
impl Tells {
    /// Who calls, and who says so.
    #[tool]
    async fn whoami(&self) -> Result<String, Error> {
        let caller = principal()?;
        let (kind, subject, issuer) = (caller.kind(), caller.subject(), caller.issuer());
        Ok(format!("{kind} {subject} by {issuer}"))
    }
}

#[tool_handler]
impl ServerHandler for Tells {}

/// A server of the new domain, and the old one, which still has users with tokens.
struct Move {
    world: World,
    old: Emulator,
}

impl Move {
    async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    async fn with(configure: impl FnOnce(ProviderBuilder) -> ProviderBuilder + 'static) -> Self {
        let old = Emulator::start().await.unwrap();
        let issuer = old.issuer().to_owned();
        let world = World::builder()
            .configure(move |builder| configure(builder.other_authkit_domains([issuer])))
            .start(|| Ok(Tells))
            .await;
        Self { world, old }
    }

    /// The new domain and the old one, with a name for each.
    fn both(&self) -> [(&'static str, &Emulator); 2] {
        [("new", &self.world.emulator), ("old", &self.old)]
    }

    /// A token of Ada for the server, by one of the two.
    fn token(&self, emulator: &Emulator) -> TokenBuilder {
        let token = emulator.token(&emulator.ada());
        token.audience(self.world.mcp_url())
    }

    async fn call(&self, token: &str) -> reqwest::Response {
        let call = self.world.call_at(self.world.mcp_url());
        call.bearer_auth(token).send().await.unwrap()
    }

    async fn status(&self, token: TokenBuilder) -> StatusCode {
        self.call(&token.build()).await.status()
    }

    /// The same server, started with another configuration.
    fn again(&self, configure: impl FnOnce(ProviderBuilder) -> ProviderBuilder) -> Provider {
        let builder = Provider::builder()
            .authkit_domain(self.world.emulator.issuer())
            .base_url(self.world.url(""));
        configure(builder).build().unwrap()
    }
}

/// The head of the answer that the server gives to a call with this token, and its body.
async fn answer(provider: &Provider, path: &str, token: Option<&str>) -> http::Response<String> {
    let host = provider.mcp_url().replace("http://", "");
    let host = host.trim_end_matches("/mcp").to_owned();
    let mut request = match token {
        Some(token) => Request::post(path).header("authorization", format!("Bearer {token}")),
        None if path == "/mcp" => Request::post(path),
        None => Request::get(path),
    };
    request = request.header("host", host);
    for (name, value) in CALL_HEADERS {
        request = request.header(name, value);
    }
    let router = provider.router(|| Ok(Tools::default()));
    let request = request.body(Body::from(CALL)).unwrap();
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    http::Response::from_parts(head, String::from_utf8(body.into()).unwrap())
}

/// Publishes the emulator's own key under another's id.
fn publish_as(emulator: &Emulator, kid: &str) {
    let mut key = emulator.signing_key().jwk();
    key["kid"] = json!(kid);
    emulator.fault(
        Endpoint::Jwks,
        Fault::Body {
            status: 200,
            content_type: "application/json".to_owned(),
            body: json!({ "keys": [key] }).to_string(),
        },
    );
}

// Attacks: 26.
#[tokio::test]
async fn tokens_of_the_old_domain_are_good_while_it_is_listed_and_not_after() {
    let site = Move::start().await;
    for (name, emulator) in site.both() {
        let token = site.token(emulator).build();
        for wire in [
            Wire::modern(site.world.mcp_url(), &token),
            Wire::legacy(site.world.mcp_url(), &token).await,
        ] {
            let told = wire.call_tool("whoami", json!({})).await;
            let id = emulator.ada().id().to_owned();
            assert_eq!(
                told.text(),
                format!("user {id} by {}", emulator.issuer()),
                "{name}"
            );
        }
    }

    let listed = site.again(|builder| builder.other_authkit_domains([site.old.issuer()]));
    let removed = site.again(|builder| builder);
    for (name, emulator) in site.both() {
        let token = site.token(emulator).build();
        let accepted = answer(&listed, "/mcp", Some(&token)).await;
        assert_eq!(accepted.status(), 200, "{name}");
        let after = answer(&removed, "/mcp", Some(&token)).await;
        let expected = if name == "new" { 200 } else { 401 };
        assert_eq!(after.status(), expected, "{name}");
    }
    // Whoever is no issuer of ours stays one.
    let stranger = Emulator::start().await.unwrap();
    assert_eq!(site.status(site.token(&stranger)).await, 401);
}

// Attacks: 65.
#[tokio::test]
async fn a_key_of_one_issuer_is_no_key_of_the_other_even_under_the_same_id() {
    let site = Move::start().await;
    let [new, old] = [&site.world.emulator, &site.old];
    // Emulators of one process begin with the same key, under another id.
    old.rotate_keys().await.unwrap();
    assert_ne!(new.public_key_der(), old.public_key_der());
    let kid = new.signing_key().kid().to_owned();
    publish_as(old, &kid);
    let honest = [site.token(new), site.token(old).kid(&kid)];
    let forged = || {
        let forge = |issuer: &Emulator, signer: &Emulator| {
            let token = site.token(issuer).claim("jti", json!("forged"));
            token.signed_with(&signer.signing_key()).kid(&kid)
        };
        [forge(new, old), forge(old, new)]
    };
    // Before any key is here, then with both key sets, then with both headers and tokens remembered.
    for round in ["cold", "warm", "remembered"] {
        for token in forged() {
            assert_eq!(site.status(token).await, 401, "{round}");
        }
        for token in &honest {
            assert_eq!(site.status(token.clone()).await, 200, "{round}");
        }
    }
    for token in &honest {
        // The same signature below the other's name, and the same claims below the other's signature.
        let (signed, _) = token.clone().build().rsplit_once('.').map(owned).unwrap();
        for other in &honest {
            let (other_signed, signature) =
                other.clone().build().rsplit_once('.').map(owned).unwrap();
            let expected = if signed == other_signed { 200 } else { 401 };
            let spliced = format!("{signed}.{signature}");
            assert_eq!(site.call(&spliced).await.status(), expected);
        }
    }
}

fn owned((signed, signature): (&str, &str)) -> (String, String) {
    (signed.to_owned(), signature.to_owned())
}

// Attacks: 65, 81.
#[tokio::test]
async fn a_withdrawn_key_of_one_takes_its_own_tokens_along_and_no_others() {
    let site = Move::start().await;
    let [new, old] = [&site.world.emulator, &site.old];
    let [of_new, of_old] = [site.token(new).build(), site.token(old).build()];
    for token in [&of_new, &of_old] {
        assert_eq!(site.call(token).await.status(), 200);
    }
    old.rotate_keys().await.unwrap();
    old.withdraw_old_keys();
    // The token of the new key makes the key set known.
    assert_eq!(site.status(site.token(old)).await, 200);
    assert_eq!(site.call(&of_old).await.status(), 401);
    assert_eq!(site.call(&of_new).await.status(), 200);
    assert_eq!(new.requests(Endpoint::Jwks), 1);
}

// Attacks: 83.
#[tokio::test]
async fn an_outage_of_one_refuses_no_token_of_the_other() {
    for down in ["new", "old"] {
        let old = Emulator::start().await.unwrap();
        let new = Emulator::start().await.unwrap();
        let faulty = if down == "new" { &new } else { &old };
        faulty.fault(Endpoint::Jwks, Fault::Status(503));
        let issuer = old.issuer().to_owned();
        let world = World::builder()
            .emulator(new)
            .configure(move |builder| builder.other_authkit_domains([issuer]))
            .start(|| Ok(Tells))
            .await;
        let site = Move { world, old };
        for (name, emulator) in site.both() {
            let answer = site.call(&site.token(emulator).build()).await;
            if name == down {
                assert_eq!(answer.status(), 503, "{name}, {down} is down");
                assert!(answer.headers().contains_key("retry-after"));
            } else {
                assert_eq!(answer.status(), 200, "{name}, {down} is down");
            }
        }
    }
}

// Attacks: 78, 82.
#[tokio::test]
async fn a_flood_of_key_ids_for_one_leaves_the_other_its_fetches() {
    let site = Move::start().await;
    let [new, old] = [&site.world.emulator, &site.old];
    for (_, emulator) in site.both() {
        assert_eq!(site.status(site.token(emulator)).await, 200);
    }
    for number in 0..20 {
        let token = site.token(old).kid(format!("flood-{number}"));
        assert_eq!(site.status(token).await, 401);
    }
    assert_eq!(old.requests(Endpoint::Jwks), 4, "the first, and the bucket");
    new.rotate_keys().await.unwrap();
    assert_eq!(site.status(site.token(new)).await, 200);
    assert_eq!(new.requests(Endpoint::Jwks), 2);
}

#[tokio::test]
async fn clients_are_sent_to_the_new_domain_alone() {
    let site = Move::start().await;
    let alone = site.again(|builder| builder);
    let listed = site.again(|builder| builder.other_authkit_domains([site.old.issuer()]));
    let expired = site.token(&site.old).expires_in(-60).build();
    for (path, token) in [
        ("/.well-known/oauth-protected-resource/mcp", None),
        ("/.well-known/oauth-protected-resource", None),
        ("/.well-known/oauth-authorization-server", None),
        ("/mcp", None),
        ("/mcp", Some("garbage")),
    ] {
        let [one, other] = [
            answer(&alone, path, token).await,
            answer(&listed, path, token).await,
        ];
        assert_eq!(one.status(), other.status(), "{path}");
        assert_eq!(one.body(), other.body(), "{path}");
        let challenge =
            |answer: &http::Response<String>| answer.headers().get("www-authenticate").cloned();
        assert_eq!(challenge(&one), challenge(&other), "{path}");
        let told = format!("{other:?}");
        assert!(!told.contains(site.old.issuer()), "{path}: {told}");
    }
    let described = answer(&listed, "/.well-known/oauth-protected-resource", None).await;
    let described: Value = serde_json::from_str(described.body()).unwrap();
    let servers = json!([site.world.emulator.issuer()]);
    assert_eq!(described["authorization_servers"], servers);
    // An old token that expired leads to the new domain, too.
    let refused = answer(&listed, "/mcp", Some(&expired)).await;
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("has expired"), "{challenge}");
    assert_eq!(site.old.requests(Endpoint::AuthorizationServerMetadata), 0);
}

// Attacks: 4, 6.
#[tokio::test]
async fn the_same_user_of_two_issuers_is_two_principals() {
    let site = Move::start().await;
    let [new, old] = [&site.world.emulator, &site.old];
    assert_eq!(new.ada().id(), old.ada().id());
    let [of_new, of_old] = [
        Wire::legacy(site.world.mcp_url(), &site.token(new).build()).await,
        Wire::legacy(site.world.mcp_url(), &site.token(old).build()).await,
    ];
    for (owner, other) in [(&of_new, &of_old), (&of_old, &of_new)] {
        let mut elsewhere = Wire::modern(site.world.mcp_url(), &other.token);
        elsewhere.era = owner.era;
        elsewhere.session.clone_from(&owner.session);
        assert_eq!(elsewhere.call_tool("whoami", json!({})).await.status, 404);
        assert_eq!(owner.call_tool("whoami", json!({})).await.status, 200);
    }
}

#[tokio::test]
async fn a_machine_may_sign_in_at_each() {
    let id = "client_01K1M2M0000000000000000M2M";
    let site = Move::with(move |builder| builder.machines([id])).await;
    for (name, emulator) in site.both() {
        assert_eq!(emulator.machine().unwrap().id(), id);
        let token = emulator.machine_token(id, emulator.acme()).build();
        let wire = Wire::modern(site.world.mcp_url(), &token);
        let told = wire.call_tool("whoami", json!({})).await;
        let expected = format!("machine {id} by {}", emulator.issuer());
        assert_eq!(told.text(), expected, "{name}");
    }
}

#[tokio::test]
async fn the_start_names_the_other_issuers() {
    let logs = Logs::capture();
    let site = Move::start().await;
    assert_eq!(site.status(site.token(&site.old)).await, 200);
    let line = logs.lines_with("tokens of other issuers are accepted too");
    assert_eq!(line.len(), 1, "{line:?}");
    for issuer in [site.old.issuer(), site.world.emulator.issuer()] {
        assert!(line[0].contains(issuer), "{line:?}");
    }
    let logs = Logs::capture();
    let world = World::start().await;
    let token = world.token(&world.emulator.ada());
    let call = world.call().bearer_auth(token).send().await.unwrap();
    assert_eq!(call.status(), 200);
    assert_eq!(logs.lines_with("serving MCP").len(), 1);
    assert!(logs.lines_with("other issuers").is_empty());
}
