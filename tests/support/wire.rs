//! A client of the wire format: JSON-RPC over HTTP, in both eras of the protocol.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt;
use reqwest::{
    StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap},
};
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// 2025-11-25, with a session.
    Legacy,
    /// 2026-07-28, without.
    Modern,
}

pub struct Wire {
    http: reqwest::Client,
    pub url: String,
    /// Empty for who is not signed in.
    pub token: String,
    pub era: Era,
    pub session: Option<String>,
    next_id: AtomicU64,
}

/// What came back for one message.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The JSON-RPC message that answers the request, or whatever JSON the body is, or its text.
    pub body: Value,
}

impl Reply {
    /// The text of a tool's result, success or not.
    pub fn text(&self) -> &str {
        self.body["result"]["content"][0]["text"]
            .as_str()
            .unwrap_or_else(|| panic!("no text in {self:?}"))
    }

    pub fn is_error_result(&self) -> bool {
        self.body["result"]["isError"] == true
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Wire {
    pub fn modern(url: &str, token: &str) -> Self {
        Self::new(Era::Modern, url, token)
    }

    pub async fn legacy(url: &str, token: &str) -> Self {
        let mut wire = Self::new(Era::Legacy, url, token);
        let params = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "wire", "version": "0" },
        });
        let reply = wire.request("initialize", params).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        let session = reply.headers.get("mcp-session-id");
        wire.session = session.map(|id| id.to_str().unwrap().to_owned());
        let initialized = wire.notify("notifications/initialized", json!({})).await;
        assert_eq!(initialized, StatusCode::ACCEPTED);
        wire
    }

    fn new(era: Era, url: &str, token: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            url: url.to_owned(),
            token: token.to_owned(),
            era,
            session: None,
            next_id: AtomicU64::new(1),
        }
    }

    pub async fn request(&self, method: &str, params: Value) -> Reply {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let response = self.send(method, params, Some(id)).await;
        Self::read(response, id).await
    }

    pub async fn notify(&self, method: &str, params: Value) -> StatusCode {
        self.send(method, params, None).await.status()
    }

    pub async fn call_tool(&self, name: &str, arguments: Value) -> Reply {
        self.request(
            "tools/call",
            json!({ "name": name, "arguments": arguments }),
        )
        .await
    }

    /// Sends a message and returns as soon as the head of the answer is there.
    pub async fn send(&self, method: &str, params: Value, id: Option<u64>) -> reqwest::Response {
        self.send_with(method, params, id, &[]).await
    }

    /// The same with further headers.
    pub async fn send_with(
        &self,
        method: &str,
        mut params: Value,
        id: Option<u64>,
        headers: &[(&str, &str)],
    ) -> reqwest::Response {
        let mut request = self
            .http
            .post(&self.url)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream");
        if !self.token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        }
        match self.era {
            Era::Legacy => {
                if method != "initialize" {
                    request = request.header("mcp-protocol-version", "2025-11-25");
                }
                if let Some(session) = &self.session {
                    request = request.header("mcp-session-id", session);
                }
            }
            Era::Modern => {
                request = request
                    .header("mcp-protocol-version", "2026-07-28")
                    .header("mcp-method", method);
                if let Some(name) = params["name"]
                    .as_str()
                    .or(params["uri"].as_str())
                    .or(params["taskId"].as_str())
                {
                    request = request.header("mcp-name", name);
                }
                if id.is_some() {
                    params["_meta"]["io.modelcontextprotocol/protocolVersion"] =
                        json!("2026-07-28");
                    params["_meta"]["io.modelcontextprotocol/clientInfo"] =
                        json!({ "name": "wire", "version": "0" });
                    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] =
                        json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
                }
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        if let Some(id) = id {
            message["id"] = json!(id);
        }
        request.body(message.to_string()).send().await.unwrap()
    }

    /// Opens a stream that nobody ends: a subscription, or the stream of the session.
    pub async fn open_stream(&self) -> reqwest::Response {
        match self.era {
            Era::Modern => {
                let listening = json!({ "notifications": { "toolsListChanged": true } });
                self.send("subscriptions/listen", listening, Some(1)).await
            }
            Era::Legacy => self
                .http
                .get(&self.url)
                .header(AUTHORIZATION, format!("Bearer {}", self.token))
                .header(ACCEPT, "text/event-stream")
                .header("mcp-protocol-version", "2025-11-25")
                .header("mcp-session-id", self.session.as_deref().unwrap())
                .send()
                .await
                .unwrap(),
        }
    }

    /// Reads the answer to request `id`, from a JSON body or from an event stream.
    pub async fn read(response: reqwest::Response, id: u64) -> Reply {
        let status = response.status();
        let headers = response.headers().clone();
        let streamed = headers
            .get(CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
        if !streamed {
            let text = response.text().await.unwrap();
            let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
            return Reply {
                status,
                headers,
                body,
            };
        }
        let mut stream = response.bytes_stream();
        let mut text = String::new();
        while let Some(chunk) = stream.next().await {
            text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
            let answer = text
                .lines()
                .filter_map(|line| line.strip_prefix("data:"))
                .filter_map(|data| serde_json::from_str::<Value>(data.trim()).ok())
                .find(|message| message["id"] == json!(id));
            if let Some(body) = answer {
                return Reply {
                    status,
                    headers,
                    body,
                };
            }
        }
        Reply {
            status,
            headers,
            body: Value::String(text),
        }
    }
}
