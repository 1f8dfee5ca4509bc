//! What stands in front of the replicas: requests in turn, and those with a session to where the session lives.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    Failure,
    deaths::{ANSWERED_BY, CUT_OFF_BY, Life},
};

const SESSION_ID: &str = "mcp-session-id";
const LARGEST_BODY: usize = 1024 * 1024;

pub(crate) struct Proxy {
    http: reqwest::Client,
    replicas: RwLock<Vec<(Life, SocketAddr)>>,
    turn: AtomicUsize,
    /// Where each session was opened.
    homes: Mutex<HashMap<String, Life>>,
}

impl Proxy {
    pub(crate) fn new() -> Result<Arc<Self>, Failure> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Arc::new(Self {
            http,
            replicas: RwLock::default(),
            turn: AtomicUsize::new(0),
            homes: Mutex::default(),
        }))
    }

    pub(crate) fn serve(self: &Arc<Self>, listener: TcpListener) -> JoinHandle<()> {
        let router = Router::new().fallback(pass).with_state(Arc::clone(self));
        let listener = listener.tap_io(|stream| {
            // Only slower without it.
            let _ = stream.set_nodelay(true);
        });
        tokio::spawn(async move {
            // It ends with the program only.
            let _ = axum::serve(listener, router).await;
        })
    }

    pub(crate) fn put_in(&self, life: Life, address: SocketAddr) {
        let mut replicas = self
            .replicas
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        replicas.push((life, address));
    }

    pub(crate) fn take_out(&self, life: Life) {
        let mut replicas = self
            .replicas
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        replicas.retain(|(known, _)| *known != life);
    }

    /// Whom to ask, in this order: the next only when it is certain that the one before heard nothing.
    fn route(&self, session: Option<&str>) -> Vec<(Life, SocketAddr)> {
        let replicas = self.replicas.read().unwrap_or_else(PoisonError::into_inner);
        let home = session.and_then(|session| {
            let homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
            homes.get(session).copied()
        });
        if let Some(home) = replicas.iter().find(|(life, _)| Some(*life) == home) {
            return vec![*home];
        }
        let mut order = replicas.clone();
        if !order.is_empty() {
            let first = self.turn.fetch_add(1, Ordering::Relaxed) % order.len();
            order.rotate_left(first);
        }
        order
    }

    async fn ask(
        &self,
        address: SocketAddr,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<Response, reqwest::Error> {
        let url = format!("http://{address}{}", parts.uri);
        // `Host` too stays as it is.
        let mut headers = parts.headers.clone();
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::CONNECTION);
        let request = self.http.request(parts.method.clone(), url);
        let answer = request.headers(headers).body(body.clone()).send().await?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        for hop in [
            header::CONTENT_LENGTH,
            header::CONNECTION,
            header::TRANSFER_ENCODING,
        ] {
            response.headers_mut().remove(hop);
        }
        *response.body_mut() = answer.bytes().await?.into();
        Ok(response)
    }

    fn note_session(&self, request: &Parts, response: &Response, life: Life) {
        let id = |headers: &http::HeaderMap| {
            let id = headers.get(SESSION_ID)?.to_str().ok()?;
            Some(id.to_owned())
        };
        let mut homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        match (id(&request.headers), id(response.headers())) {
            (None, Some(opened)) => {
                homes.insert(opened, life);
            }
            (Some(ended), _)
                if request.method == Method::DELETE && response.status().is_success() =>
            {
                homes.remove(&ended);
            }
            _ => {}
        }
    }
}

async fn pass(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let session = parts.headers.get(SESSION_ID);
    let session = session.and_then(|session| session.to_str().ok());
    for (life, address) in proxy.route(session) {
        let (mut response, name) = match proxy.ask(address, &parts, &body).await {
            Ok(response) => {
                proxy.note_session(&parts, &response, life);
                (response, ANSWERED_BY)
            }
            Err(error) if error.is_connect() && session.is_none() => continue,
            Err(_) => (StatusCode::BAD_GATEWAY.into_response(), CUT_OFF_BY),
        };
        if let Ok(life) = HeaderValue::try_from(life.to_string()) {
            response.headers_mut().insert(name, life);
        }
        return response;
    }
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
