//! What is decided is decided by the body, whatever the headers in front of it or the list around it say.

use serde_json::{Value, json};
use workos_mcp_emulator::TokenBuilder;
use workos_mcp_tests::World;

use super::workshop::{Workshop, workshop};

struct Sent<'a> {
    world: &'a World,
    token: TokenBuilder,
}

impl Sent<'_> {
    async fn send(&self, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> (u16, Value) {
        let request = self
            .world
            .http
            .post(self.world.mcp_url())
            .bearer_auth(self.token.clone().build())
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let response = request.body(body).send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (status, body)
    }
}

async fn as_ada() -> (World, Workshop, TokenBuilder) {
    let (world, workshop) = workshop().await;
    let token = world.emulator.token(&world.emulator.ada());
    (world, workshop, token)
}

fn message(method: &str, name: &str) -> Value {
    json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": method,
        "params": {
            "name": name,
            "arguments": {},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": { "name": "spoofing", "version": "0" },
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    })
}

const MODERN: (&str, &str) = ("mcp-protocol-version", "2026-07-28");
const CALL: (&str, &str) = ("mcp-method", "tools/call");

// Attacks: 19.
#[tokio::test]
async fn headers_that_name_something_else_than_the_body_get_nothing_run() {
    let (world, workshop, token) = as_ada().await;
    let sent = Sent {
        world: &world,
        token,
    };
    let export = message("tools/call", "export-report").to_string();
    for (name, headers) in [
        ("another tool", vec![MODERN, CALL, ("mcp-name", "open")]),
        // `open`, as the specification encodes what cannot stand in a header.
        (
            "another tool, encoded",
            vec![MODERN, CALL, ("mcp-name", "=?base64?b3Blbg==?=")],
        ),
        (
            "another method",
            vec![
                MODERN,
                ("mcp-method", "tools/list"),
                ("mcp-name", "export-report"),
            ],
        ),
        ("no name", vec![MODERN, CALL]),
        ("no method", vec![MODERN, ("mcp-name", "export-report")]),
        (
            "two names",
            vec![
                MODERN,
                CALL,
                ("mcp-name", "open"),
                ("mcp-name", "export-report"),
            ],
        ),
    ] {
        let (status, body) = sent.send(&headers, export.clone()).await;
        assert_eq!(status, 400, "{name}: {body}");
        assert_eq!(body["error"]["code"], -32020, "{name}: {body}");
    }
    // An older version in the header takes the checks of headers away, and none of ours.
    for version in ["2025-11-25", "2025-06-18", "2025-03-26"] {
        for name in ["open", "export-report"] {
            let headers = [("mcp-protocol-version", version), CALL, ("mcp-name", name)];
            let (status, body) = sent.send(&headers, export.clone()).await;
            assert!(
                (400..500).contains(&status),
                "{version} {name}: {status} {body}"
            );
        }
    }
    assert_eq!(workshop.entered(), 0);

    // Headers that agree, plain or encoded, lead to the rule of the tool in the body.
    for name in ["export-report", "=?base64?ZXhwb3J0LXJlcG9ydA==?="] {
        let (status, body) = sent
            .send(&[MODERN, CALL, ("mcp-name", name)], export.clone())
            .await;
        assert_eq!(status, 403, "{name}: {body}");
        assert_eq!(body["error"], "insufficient_scope", "{name}: {body}");
    }
    assert_eq!(workshop.entered(), 0);
    let open = message("tools/call", "open").to_string();
    let (status, _) = sent.send(&[MODERN, CALL, ("mcp-name", "open")], open).await;
    assert_eq!((status, workshop.entered()), (200, 1));
}

// Attacks: 20.
#[tokio::test]
async fn a_batch_is_refused_as_a_whole() {
    let (world, workshop, token) = as_ada().await;
    let sent = Sent {
        world: &world,
        token: token.clone(),
    };
    let wire = world.legacy(&world.emulator.ada()).await;
    let session = wire.session.as_deref().unwrap();
    let (open, export) = (
        message("tools/call", "open"),
        message("tools/call", "export-report"),
    );
    let list = message("tools/list", "open");
    for batch in [
        json!([]),
        json!([open]),
        json!([list, export]),
        json!([open, export]),
        json!([export, open]),
        json!([[open]]),
    ] {
        for version in ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"] {
            let mut headers = vec![
                ("mcp-protocol-version", version),
                CALL,
                ("mcp-name", "open"),
            ];
            for in_session in [false, true] {
                if in_session {
                    headers.push(("mcp-session-id", session));
                }
                let (status, body) = sent.send(&headers, batch.to_string()).await;
                assert!(
                    (400..500).contains(&status),
                    "{version} {batch}: {status} {body}"
                );
            }
        }
    }
    assert_eq!(workshop.entered(), 0);
    assert_eq!(wire.call_tool("open", json!({})).await.text(), "open");
}

// Attacks: 21.
#[tokio::test]
async fn a_body_in_another_encoding_is_read_by_nobody() {
    let (world, workshop, token) = as_ada().await;
    let sent = Sent {
        world: &world,
        token,
    };
    let open = message("tools/call", "open").to_string();
    let utf16 = |order: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        mark.into_iter()
            .chain(open.encode_utf16())
            .flat_map(order)
            .collect()
    };
    let utf32: Vec<u8> = open
        .chars()
        .flat_map(|letter| u32::from(letter).to_le_bytes())
        .collect();
    for (name, body) in [
        ("UTF-16, big", utf16(u16::to_be_bytes, false)),
        ("UTF-16, little", utf16(u16::to_le_bytes, false)),
        ("UTF-16 with its mark", utf16(u16::to_le_bytes, true)),
        ("UTF-32", utf32),
        ("UTF-8 with a mark", format!("\u{feff}{open}").into_bytes()),
        (
            "Latin-1",
            [&open.as_bytes()[..open.len() - 1], b",\"x\":\"\xe9\"}"].concat(),
        ),
        ("two messages", open.repeat(2).into_bytes()),
        (
            "a version twice",
            open.replacen(
                "\"jsonrpc\":\"2.0\"",
                "\"jsonrpc\":\"1.0\",\"jsonrpc\":\"1.0\"",
                1,
            )
            .into_bytes(),
        ),
    ] {
        let (status, body) = sent.send(&[MODERN, CALL, ("mcp-name", "open")], body).await;
        assert!((400..500).contains(&status), "{name}: {status} {body}");
        assert_eq!(workshop.entered(), 0, "{name}");
    }
}
