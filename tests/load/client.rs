//! One MCP request of either era, and all that a caller can see of its answer.

use http::{HeaderMap, Method, header};
use serde_json::{Value, json};

use crate::{
    Failure,
    deaths::{ANSWERED_BY, CUT_OFF_BY, Life},
};

/// How old the protocol version is that a request speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Era<'s> {
    /// 2025-11-25; without a session only to open one.
    Legacy(Option<&'s str>),
    /// 2026-07-28
    Modern,
}

pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
}

#[derive(Debug)]
pub(crate) struct Answer {
    /// 0: none at all.
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn answered_by(&self) -> Option<Life> {
        self.header(ANSWERED_BY)?.parse().ok()
    }

    pub(crate) fn cut_off_by(&self) -> Option<Life> {
        self.header(CUT_OFF_BY)?.parse().ok()
    }

    /// The JSON-RPC message that answers request `id`, from a JSON body or an event stream.
    pub(crate) fn message(&self, id: u64) -> Option<Value> {
        let lines = self.text.lines();
        let events = lines.filter_map(|line| line.strip_prefix("data:"));
        std::iter::once(self.text.as_str())
            .chain(events)
            .filter_map(|text| serde_json::from_str::<Value>(text.trim()).ok())
            .find(|message| message["id"] == json!(id))
    }
}

impl Client {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(std::time::Duration::from_secs(20))
            .build()?;
        Ok(Self {
            http,
            url: url.to_owned(),
        })
    }

    /// `id`: none for a notification.
    pub(crate) async fn send(
        &self,
        era: Era<'_>,
        token: Option<&str>,
        method: &str,
        mut params: Value,
        id: Option<u64>,
    ) -> Answer {
        let mut request = self
            .http
            .post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream");
        match era {
            Era::Legacy(session) => {
                if let Some(session) = session {
                    request = request
                        .header("mcp-protocol-version", "2025-11-25")
                        .header("mcp-session-id", session);
                }
            }
            Era::Modern => {
                request = request
                    .header("mcp-protocol-version", "2026-07-28")
                    .header("mcp-method", method);
                if let Some(name) = params["name"].as_str() {
                    request = request.header("mcp-name", name);
                }
                params["_meta"] = json!({
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientInfo": { "name": "load", "version": "0" },
                    "io.modelcontextprotocol/clientCapabilities": {},
                });
            }
        }
        let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        if let Some(id) = id {
            message["id"] = json!(id);
        }
        Self::answer(with_token(request, token).body(message.to_string())).await
    }

    pub(crate) async fn end_session(&self, session: &str, token: &str) -> Answer {
        let request = self
            .http
            .request(Method::DELETE, &self.url)
            .header("mcp-protocol-version", "2025-11-25")
            .header("mcp-session-id", session);
        Self::answer(with_token(request, Some(token))).await
    }

    async fn answer(request: reqwest::RequestBuilder) -> Answer {
        let failed = |headers, error: &reqwest::Error| Answer {
            status: 0,
            headers,
            text: format!("{error:?}"),
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return failed(HeaderMap::new(), &error),
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        match response.text().await {
            Ok(text) => Answer {
                status,
                headers,
                text,
            },
            Err(error) => failed(headers, &error),
        }
    }
}

fn with_token(request: reqwest::RequestBuilder, token: Option<&str>) -> reqwest::RequestBuilder {
    match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}
