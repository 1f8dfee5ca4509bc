//! A key endpoint made by hand, for answers that no framework would send.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How long the long answers are, unless the caller hangs up before.
const GIBIBYTE: u64 = 1 << 30;
const DRIP: Duration = Duration::from_millis(20);

#[derive(Clone, Debug)]
pub enum KeyAnswer {
    Keys(Value),
    /// JSON that goes on for a gibibyte; `announced`: with its length before it.
    Gibibyte {
        announced: bool,
    },
    /// Some bytes a second, so that there is always something to read and never an end.
    Drip,
}

/// An issuer of which there is only the key set.
pub struct KeyServer {
    url: String,
    state: Arc<State>,
    server: JoinHandle<()>,
}

struct State {
    answer: Mutex<KeyAnswer>,
    requests: AtomicU64,
    most_sent: AtomicU64,
}

impl KeyServer {
    pub async fn start(answer: KeyAnswer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            answer: Mutex::new(answer),
            requests: AtomicU64::new(0),
            most_sent: AtomicU64::new(0),
        });
        let shared = Arc::clone(&state);
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(answer_one(stream, Arc::clone(&shared)));
            }
        });
        Self { url, state, server }
    }

    /// The issuer; its keys are where `AuthKit` has them.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn set(&self, answer: KeyAnswer) {
        *self.state.answer.lock().unwrap() = answer;
    }

    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::Relaxed)
    }

    /// How many bytes of one long answer could be sent at most, buffers of the sockets included.
    pub fn most_sent(&self) -> u64 {
        self.state.most_sent.load(Ordering::Relaxed)
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// One request a connection. Whoever asks may hang up at any time, which is what this is about.
async fn answer_one(mut stream: TcpStream, state: Arc<State>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let Ok(1..) = stream.read_buf(&mut request).await else {
            return;
        };
    }
    state.requests.fetch_add(1, Ordering::Relaxed);
    let answer = state.answer.lock().unwrap().clone();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
    match answer {
        KeyAnswer::Keys(set) => {
            let set = set.to_string();
            let length = set.len();
            let answer = format!("{head}content-length: {length}\r\n\r\n{set}");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
        KeyAnswer::Gibibyte { announced } => {
            let length = if announced {
                format!("content-length: {GIBIBYTE}\r\n")
            } else {
                String::new()
            };
            let head = format!("{head}{length}\r\n");
            if stream.write_all(head.as_bytes()).await.is_err() {
                return;
            }
            let chunk = [b' '; 16 * 1024];
            let mut sent = 0;
            while sent < GIBIBYTE && stream.write_all(&chunk).await.is_ok() {
                sent += chunk.len() as u64;
                state.most_sent.fetch_max(sent, Ordering::Relaxed);
            }
        }
        KeyAnswer::Drip => {
            let mut drop = format!("{head}\r\n{{").into_bytes();
            while stream.write_all(&drop).await.is_ok() {
                drop = vec![b' '];
                tokio::time::sleep(DRIP).await;
            }
        }
    }
}
