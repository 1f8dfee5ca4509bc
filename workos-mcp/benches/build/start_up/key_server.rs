//! The key set of an issuer, that can say when it gave it out.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use super::now;

pub(super) struct KeyServer {
    url: String,
    answered: Receiver<Duration>,
}

impl KeyServer {
    pub(super) fn start(key_set: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, answered) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &key_set, &sender);
            }
        });
        Self { url, answered }
    }

    /// The issuer.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// When the next of its answers was sent.
    pub(super) fn answered(&self) -> Duration {
        self.answered.recv().unwrap()
    }
}

fn answer(mut stream: TcpStream, key_set: &str, sender: &Sender<Duration>) {
    let mut request = BufReader::new(stream.try_clone().unwrap()).lines();
    let asks_for = request.next().unwrap().unwrap();
    request.find(|line| line.as_ref().unwrap().is_empty());
    assert!(asks_for.starts_with("GET /oauth2/jwks "), "{asks_for}");
    let length = key_set.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{key_set}"
    );
    stream.write_all(answer.as_bytes()).unwrap();
    sender.send(now()).unwrap();
}
