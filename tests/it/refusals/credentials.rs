//! A request is let in by one bearer token in its own `Authorization` header, and the token goes no further.

use http::HeaderValue;
use reqwest::header::AUTHORIZATION;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock},
    service::RequestContext,
};
use serde_json::json;
use workos_mcp_tests::{Logs, World};

use super::Site;

// Attacks: 16, 18, 31, 32.
#[tokio::test]
async fn a_request_without_a_bearer_token_is_challenged_and_told_nothing_else() {
    let site = Site::start().await;
    let token = site.token().build();
    let call = || site.world.call();
    let at = |query: &str| {
        site.world
            .call_at(&format!("{}?{query}", site.world.mcp_url()))
    };
    let form = format!("access_token={token}");
    for (name, request) in [
        ("none", call()),
        ("an empty header", call().header(AUTHORIZATION, "")),
        ("Basic", call().basic_auth("ada", Some(&token))),
        (
            "Digest",
            call().header(AUTHORIZATION, "Digest username=\"ada\""),
        ),
        ("no scheme", call().header(AUTHORIZATION, &token)),
        (
            "another scheme",
            call().header(AUTHORIZATION, format!("BearerX {token}")),
        ),
        (
            "DPoP",
            call().header(AUTHORIZATION, format!("DPoP {token}")),
        ),
        ("in the query", at(&format!("access_token={token}"))),
        (
            "in the query, encoded",
            at(&format!("access%5Ftoken={token}")),
        ),
        (
            "in a cookie",
            call().header("cookie", format!("access_token={token}")),
        ),
        (
            "in a form",
            call()
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form),
        ),
        (
            "in another header",
            call().header("proxy-authorization", format!("Bearer {token}")),
        ),
    ] {
        let logs = Logs::capture();
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401, "{name}");
        assert_eq!(
            response.headers()["www-authenticate"],
            site.challenge(""),
            "{name}"
        );
        assert_eq!(response.headers()["cache-control"], "no-store", "{name}");
        assert!(response.headers().contains_key("x-request-id"), "{name}");
        assert_eq!(response.text().await.unwrap(), "", "{name}");
        site.nothing_ran(name);
        let leaked = logs.lines_with(token.rsplit_once('.').unwrap().1);
        assert!(leaked.is_empty(), "{name}: {leaked:?}");
    }
}

// Attacks: 17, 33, 41.
#[tokio::test]
async fn credentials_that_are_not_one_bearer_token_are_a_bad_request() {
    let site = Site::start().await;
    let token = site.token().build();
    let (header, rest) = token.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let json = json!({ "payload": payload, "protected": header, "signature": signature });
    let call = || site.world.call();
    let bearer = |credentials: &str| call().header(AUTHORIZATION, format!("Bearer{credentials}"));
    let bytes = HeaderValue::from_bytes(b"Bearer \xc3\xa4\xff").unwrap();
    let query = format!("{}?access_token={token}", site.world.mcp_url());
    let text =
        "send one Authorization header of the form 'Bearer TOKEN', and the token nowhere else";
    let error = json!({ "error": "invalid_request", "error_description": text });
    let challenge = format!("error=\"invalid_request\", error_description=\"{text}\", ");
    for (name, request) in [
        ("nothing", bearer("")),
        ("a space", bearer(" ")),
        ("a tab", bearer(&format!("\t{token}"))),
        ("a comma", bearer(&format!(" {token},"))),
        ("two tokens", bearer(&format!(" {token} {token}"))),
        (
            "two credentials",
            bearer(&format!(" {token}, Bearer {token}")),
        ),
        ("a parameter", bearer(&format!(" token={token}"))),
        ("quotes", bearer(&format!(" \"{token}\""))),
        ("padding inside", bearer(&format!(" {header}=.{rest}"))),
        (
            "a line separator",
            bearer(&format!(" {header}\u{2028}.{rest}")),
        ),
        ("the JSON serialization", bearer(&format!(" {json}"))),
        ("bytes beyond ASCII", call().header(AUTHORIZATION, bytes)),
        (
            "more than a token may be long",
            bearer(&format!(" {}!", "x".repeat(10_000))),
        ),
        (
            "two headers",
            call().bearer_auth(&token).bearer_auth(&token),
        ),
        (
            "two schemes",
            call().basic_auth("ada", Some("x")).bearer_auth(&token),
        ),
        (
            "header and query",
            site.world.call_at(&query).bearer_auth(&token),
        ),
    ] {
        let logs = Logs::capture();
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400, "{name}");
        assert_eq!(
            response.headers()["www-authenticate"],
            site.challenge(&challenge),
            "{name}"
        );
        let id = response.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(response.text().await.unwrap(), error.to_string(), "{name}");
        site.nothing_ran(name);
        assert!(
            logs.lines_with(&id)
                .concat()
                .contains("malformed credentials"),
            "{name}"
        );
        assert!(
            !logs.text().contains(signature),
            "{name}: the log has the token"
        );
    }
}

// Attacks: 34.
#[tokio::test]
async fn the_scheme_may_be_written_in_any_case_and_with_several_spaces() {
    let mut site = Site::start().await;
    for scheme in ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer    "] {
        let token = site.token().build();
        site.admits(scheme, &format!("{scheme}{token}")).await;
    }
}

/// Tells which headers arrive at the handler.
#[derive(Clone)]
struct Echo;

impl ServerHandler for Echo {
    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let parts = context.extensions.get::<http::request::Parts>();
        let headers = format!("{:?}", parts.map(|parts| &parts.headers));
        Ok(CallToolResult::success(vec![ContentBlock::text(headers)]).into())
    }
}

// Attacks: 2, 28.
#[tokio::test]
async fn the_token_reaches_neither_the_handler_nor_any_log() {
    let logs = Logs::capture();
    let world = World::builder().start(|| Ok(Echo)).await;
    let ada = world.emulator.ada();
    for wire in [world.modern(&ada), world.legacy(&ada).await] {
        let headers = wire
            .call_tool("whoami", json!({}))
            .await
            .text()
            .to_lowercase();
        assert!(headers.contains("mcp-protocol-version"), "{headers}");
        assert!(
            !headers.contains("authorization") && !headers.contains("bearer"),
            "{headers}"
        );
        let log = logs.text();
        assert!(
            log.contains("rmcp"),
            "rmcp logs nothing, so this proves nothing"
        );
        for segment in wire.token.split('.') {
            assert!(!log.contains(segment), "{log}");
        }
    }
}

#[tokio::test]
async fn a_request_id_that_a_proxy_gave_is_kept_if_it_can_stand_in_a_log() {
    let site = Site::start().await;
    for (given, kept) in [
        ("req-1_A", true),
        ("a b", false),
        ("\"x\"", false),
        ("", false),
        (&*"x".repeat(65), false),
    ] {
        let logs = Logs::capture();
        let request = site
            .world
            .call()
            .bearer_auth("bad")
            .header("x-request-id", given);
        let response = request.send().await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap();
        assert_eq!(id == given, kept, "{given:?}: {id:?}");
        assert!(
            !id.is_empty() && logs.lines_with(id).len() == 1,
            "{given:?}: {id:?}"
        );
    }
    site.nothing_ran("with a request id");
}
