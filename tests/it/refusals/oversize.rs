//! Credentials larger than anybody's are refused for little work.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::Site;

const MEBIBYTE: usize = 1024 * 1024;

/// Sends a header of so many bytes, and returns how many were taken, and what came back.
async fn endless(site: &Site, length: usize) -> (usize, String) {
    let mut stream = TcpStream::connect(site.world.host()).await.unwrap();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer ",
        site.world.host()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = vec![b'x'; 64 * 1024];
    let (mut reader, mut writer) = stream.split();
    let send = async {
        let mut sent = 0;
        while sent < length {
            match writer.write(&chunk).await {
                Ok(taken) if taken > 0 => sent += taken,
                _ => break,
            }
        }
        sent
    };
    let receive = async {
        let mut answer = Vec::new();
        // The server may close while we send, and then its answer is lost on the way.
        let _ = reader.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    };
    tokio::join!(send, receive)
}

// Attacks: 40.
#[tokio::test]
async fn a_header_without_end_is_cut_off() {
    let mut site = Site::start().await;
    for length in [MEBIBYTE, 100 * MEBIBYTE] {
        let (sent, answer) = endless(&site, length).await;
        // What the server did not take stands in the buffers of the two sockets.
        assert!(sent <= 16 * MEBIBYTE, "{sent} bytes of {length} were taken");
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
            "{answer}"
        );
        site.nothing_ran("a long header");
    }
    let token = site.token().build();
    site.admits("after them", &format!("Bearer {token}")).await;
}

// Attacks: 40.
#[tokio::test]
async fn a_claim_without_end_is_not_decoded() {
    let mut site = Site::start().await;
    let ours = site.world.mcp_url().to_owned();
    let mut audiences = vec!["x".to_owned(); 10_000];
    audiences.push(ours);
    for (name, token) in [
        ("audiences", site.token().claim("aud", json!(audiences))),
        ("scope", site.token().scope("openid ".repeat(30_000))),
        (
            "subject",
            site.token().claim("sub", json!("user_1".repeat(10_000))),
        ),
    ] {
        site.refuses(name, "longer", token).await;
    }
}

// Attacks: 33.
#[tokio::test]
async fn control_bytes_in_a_header_are_a_bad_request() {
    let site = Site::start().await;
    let (host, token) = (site.world.host(), site.token().build());
    for byte in [
        "\0", "\u{1}", "\u{b}", "\u{1b}", "\u{7f}", "\r", "\n x", "\r\n x",
    ] {
        for credentials in [
            format!("Bearer {token}{byte}"),
            format!("Bearer{byte} {token}"),
        ] {
            let answer = site
                .world
                .raw(&format!(
                    "POST /mcp HTTP/1.1\r\nhost: {host}\r\nauthorization: {credentials}y\r\n\
                     connection: close\r\ncontent-length: 0\r\n\r\n"
                ))
                .await;
            assert!(
                answer.starts_with("HTTP/1.1 400 "),
                "{byte:?} {credentials:?}: {answer}"
            );
            assert!(!answer.contains(&token), "{byte:?}: {answer}");
            site.nothing_ran("with control bytes");
        }
    }
}
