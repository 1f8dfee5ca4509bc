//! One call of the tool `whoami`, without credentials: what a test dresses up, or sends by hand.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::World;

/// A call of `whoami`, of protocol version 2026-07-28.
pub const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"call","version":"0"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;

/// The headers that [`CALL`] needs.
pub const CALL_HEADERS: [(&str, &str); 5] = [
    ("content-type", "application/json"),
    ("accept", "application/json, text/event-stream"),
    ("mcp-protocol-version", "2026-07-28"),
    ("mcp-method", "tools/call"),
    ("mcp-name", "whoami"),
];

/// Of a caller who hangs up.
const PATIENCE: Duration = Duration::from_millis(10);

impl World {
    /// [`CALL`], still without `Authorization`.
    pub fn call(&self) -> reqwest::RequestBuilder {
        self.call_at(self.mcp_url())
    }

    /// [`CALL`] to another URL of the server.
    pub fn call_at(&self, url: &str) -> reqwest::RequestBuilder {
        CALL_HEADERS
            .iter()
            .fold(self.http.post(url), |request, (name, value)| {
                request.header(*name, *value)
            })
            .body(CALL)
    }

    /// `host:port` of the server.
    pub fn host(&self) -> String {
        self.url("").replace("http://", "")
    }

    /// Sends this text on a connection of its own, and returns what comes back until the server closes it.
    pub async fn raw(&self, text: &str) -> String {
        let mut stream = TcpStream::connect(self.host()).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Calls a tool without arguments with this bearer token, has little patience, hangs up, and waits until the server has
    /// noticed.
    ///
    /// # Panics
    ///
    /// When there is an answer: the server was not waiting for anything.
    pub async fn hang_up(&self, tool: &str, bearer: &str) {
        self.hang_up_at(&self.host(), tool, bearer).await;
    }

    /// The same where the provider guards something else, `host:port`.
    ///
    /// # Panics
    ///
    /// Likewise.
    pub async fn hang_up_at(&self, address: &str, tool: &str, bearer: &str) {
        let (host, path) = (self.host(), self.mcp_url().replace(&self.url(""), ""));
        let headers = CALL_HEADERS
            .iter()
            .fold(String::new(), |headers, (name, value)| {
                headers + name + ": " + value + "\r\n"
            });
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {bearer}\r\n{headers}"
        );
        let head = head.replace("whoami", tool);
        let body = CALL.replace("whoami", tool);
        let length = body.len();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let text = format!("{head}content-length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let early = timeout(PATIENCE, stream.read_buf(&mut answer)).await;
        stream.shutdown().await.unwrap();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(early.is_err(), "{}", String::from_utf8_lossy(&answer));
    }
}
