//! What an issuer's server may answer, over real sockets.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;

use super::*;
use crate::jwks::fetch::HttpSource;

const LIMIT: usize = 64 * 1024;

/// A server that answers each connection with these bytes, then holds it open or closes it.
struct Server {
    url: Url,
    connections: Arc<AtomicUsize>,
}

async fn server(answer: impl Into<Vec<u8>>, hold: bool) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/oauth2/jwks", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    let answer = answer.into();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let Ok(1..) = stream.read_buf(&mut request).await else {
                        return;
                    };
                }
                // The client may hang up at any time; that is what some of these tests are about.
                let _ = stream.write_all(&answer).await;
                if hold {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    Server {
        url: url.parse().unwrap(),
        connections,
    }
}

fn response(head: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy();
    builder
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

async fn fetch(server: &Server) -> Result<Vec<u8>, FetchError> {
    HttpSource::new(server.url.clone(), client(), LIMIT)
        .fetch()
        .await
}

#[tokio::test]
async fn a_whole_answer_is_taken_as_it_is() {
    let document = key_set(&[Signer::first().jwk()]);
    let server = server(response("200 OK", &document), false).await;
    assert_eq!(fetch(&server).await.unwrap(), document.as_bytes());
}

// Attacks: 85.
#[tokio::test]
async fn an_answer_may_be_as_large_as_the_limit_and_no_larger() {
    let server = server(response("200 OK", &" ".repeat(LIMIT)), false).await;
    assert_eq!(fetch(&server).await.unwrap().len(), LIMIT);

    // Told in advance, and not even read.
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n";
    let server = self::server(head, true).await;
    assert!(matches!(fetch(&server).await, Err(FetchError::TooLarge)));

    // Found out while reading.
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let server = self::server(format!("{head}{chunk}1\r\n \r\n"), true).await;
    assert!(matches!(fetch(&server).await, Err(FetchError::TooLarge)));
}

#[tokio::test]
async fn only_200_is_an_answer() {
    let document = key_set(&[Signer::first().jwk()]);
    for status in [
        "201 Created",
        "203 Non-Authoritative",
        "404 Not Found",
        "500 Oops",
    ] {
        let server = server(response(status, &document), false).await;
        let error = fetch(&server).await.unwrap_err();
        assert!(matches!(error, FetchError::Status(_)), "{status}: {error}");
    }
}

// Attacks: 13, 86.
#[tokio::test]
async fn a_redirect_is_refused_even_by_a_client_that_follows_it() {
    let elsewhere = server(
        response("200 OK", &key_set(&[Signer::first().jwk()])),
        false,
    )
    .await;
    let head = format!("302 Found\r\nlocation: {}", elsewhere.url);
    let server = server(response(&head, ""), false).await;
    assert!(matches!(fetch(&server).await, Err(FetchError::Redirected)));
    assert_eq!(elsewhere.connections.load(Ordering::SeqCst), 0);

    let following = reqwest::Client::builder().no_proxy().build().unwrap();
    let source = HttpSource::new(server.url.clone(), following, LIMIT);
    assert!(matches!(source.fetch().await, Err(FetchError::Redirected)));
}

#[tokio::test]
async fn broken_connections_are_errors() {
    let document = key_set(&[Signer::first().jwk()]);
    let whole = response("200 OK", &document);
    for answer in ["", "SSH-2.0-OpenSSH\r\n", &whole[..whole.len() - 10]] {
        let server = server(answer, false).await;
        let error = fetch(&server).await.unwrap_err();
        assert!(matches!(error, FetchError::Request(_)), "{answer}: {error}");
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    let source = HttpSource::new(url.parse().unwrap(), client(), LIMIT);
    assert!(matches!(source.fetch().await, Err(FetchError::Request(_))));
}

// Attacks: 85.
#[tokio::test]
async fn a_compressed_answer_is_not_unpacked() {
    let packed = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 20\r\n\r\n";
    let server = server([head.as_bytes(), &packed].concat(), false).await;
    assert_eq!(fetch(&server).await.unwrap(), packed);
}

#[tokio::test]
async fn the_whole_way_from_a_socket_to_a_key() {
    let document = key_set(&[Signer::first().jwk()]);
    let server = server(response("200 OK", &document), false).await;
    let keys = KeySet::new(server.url.clone(), client(), &Limits::default());
    assert!(keys.bring(Signer::first().key_id).await.is_ok());
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

// Attacks: 83.
#[tokio::test]
async fn a_server_that_dribbles_is_given_up_in_time() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"keys\":[";
    let server = server(head, true).await;
    let limits = Limits {
        fetch_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let keys = KeySet::new(server.url.clone(), client(), &limits);
    assert_eq!(keys.bring("any").await.unwrap_err(), unavailable(1));
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}
