//! The first request of an MCP client.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use serde_json::json;

/// Returns when the server has introduced itself.
pub(super) fn initialize(address: SocketAddr, host: &str, token: &str) {
    let client = json!({ "name": "bench", "version": "0" });
    let parameters =
        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
    let message =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters });
    let message = message.to_string();
    let length = message.len();
    let request = format!(
        "POST /mcp HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {length}\r\n\r\n{message}"
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let mut buffer = [0; 4096];
    while !answer.contains("\"serverInfo\"") {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "refused: {answer}");
        answer.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let accepted = answer.len() < 12 || answer.starts_with("HTTP/1.1 200");
        assert!(accepted, "refused: {answer}");
    }
}
