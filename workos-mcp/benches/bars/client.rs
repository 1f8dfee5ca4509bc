//! A client that says the same again and again, and does as little as it can.

use std::net::SocketAddr;

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri,
    header::{AUTHORIZATION, HOST},
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

const CALL_OF_2026: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greet","arguments":{"name":"Ada"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bars","version":"0"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
const CALL_OF_2025: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greet","arguments":{"name":"Ada"}}}"#;
const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bars","version":"0"}}}"#;
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
const ANSWER: &[u8] = b"Hello, Ada!";

const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// 2026-07-28, which has no sessions.
    Of2026,
    /// 2025-11-25 with a session, in which answers are streams.
    Of2025,
    /// 2025-11-25 of a server that keeps no sessions and answers with JSON.
    Of2025WithoutSessions,
}

impl Protocol {
    pub(crate) const ALL: [Self; 3] = [Self::Of2026, Self::Of2025WithoutSessions, Self::Of2025];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Of2026 => "2026-07-28",
            Self::Of2025 => "2025-11-25 with sessions",
            Self::Of2025WithoutSessions => "2025-11-25 without sessions",
        }
    }

    pub(crate) fn call(self) -> &'static str {
        match self {
            Self::Of2026 => CALL_OF_2026,
            Self::Of2025 | Self::Of2025WithoutSessions => CALL_OF_2025,
        }
    }

    /// Of a call by whom this token belongs to.
    pub(crate) fn headers(self, token: &str) -> HeaderMap {
        let of_call = match self {
            Self::Of2026 => &[
                (VERSION, "2026-07-28"),
                (HeaderName::from_static("mcp-method"), "tools/call"),
                (HeaderName::from_static("mcp-name"), "greet"),
            ][..],
            Self::Of2025 | Self::Of2025WithoutSessions => &[(VERSION, "2025-11-25")],
        };
        let of_any = [
            (HOST, "mcp.example.com"),
            (HeaderName::from_static("user-agent"), "client/1.0"),
            (
                HeaderName::from_static("accept"),
                "application/json, text/event-stream",
            ),
            (HeaderName::from_static("content-type"), "application/json"),
        ];
        let fixed = of_any.iter().chain(of_call);
        let mut headers: HeaderMap = fixed
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
        headers.insert(AUTHORIZATION, bearer);
        headers
    }
}

/// One connection that is kept, and whatever goes with each call on it.
pub(crate) struct Client {
    connection: SendRequest<Full<Bytes>>,
    headers: HeaderMap,
    protocol: Protocol,
}

impl Client {
    /// Ready to call, and warm: it has called once.
    pub(crate) async fn connect(address: SocketAddr, protocol: Protocol, token: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (connection, driver) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(driver);
        let mut client = Self {
            connection,
            headers: protocol.headers(token),
            protocol,
        };
        if protocol == Protocol::Of2025 {
            client.open_session().await;
        }
        client.call().await;
        client
    }

    pub(crate) async fn call(&mut self) {
        let (status, _, answer) = self.send(self.protocol.call()).await;
        let is_answer = answer.windows(ANSWER.len()).any(|part| part == ANSWER);
        assert!(
            status == StatusCode::OK && is_answer,
            "{status}: {}",
            String::from_utf8_lossy(&answer)
        );
    }

    async fn open_session(&mut self) {
        let version = self.headers.remove(VERSION).unwrap();
        let (status, answered, answer) = self.send(INITIALIZE).await;
        let Some(id) = answered.get(SESSION_ID) else {
            unreachable!("{status}: {}", String::from_utf8_lossy(&answer));
        };
        self.headers.insert(SESSION_ID, id.clone());
        self.headers.insert(VERSION, version);
        let (status, ..) = self.send(INITIALIZED).await;
        assert_eq!(status, StatusCode::ACCEPTED);
    }

    async fn send(&mut self, body: &'static str) -> (StatusCode, HeaderMap, Bytes) {
        let mut request = Request::new(Full::new(Bytes::from_static(body.as_bytes())));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from_static("/mcp");
        *request.headers_mut() = self.headers.clone();
        self.connection.ready().await.unwrap();
        let response = self.connection.send_request(request).await.unwrap();
        let (head, body) = response.into_parts();
        // To its end, or the connection is not free for the next call.
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, head.headers, body)
    }
}
