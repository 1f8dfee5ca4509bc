//! A server on loopback that has one core and no more: a thread of its own, which runs all of it.

use std::{
    fs::File,
    io,
    net::SocketAddr,
    os::unix::fs::FileExt,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use axum::{Router, serve::ListenerExt};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use tokio::{net::TcpListener, runtime, sync::oneshot};
use tower::Layer;
use workos_mcp::Provider;

use crate::{
    client::Protocol,
    greeter::{Guarded, Plain},
};

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    scheduled: File,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Under a name by which a profiler tells it from another.
    pub(crate) fn start(name: &str, router: Router) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (started, start) = mpsc::channel();
        let thread = thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                let scheduled = File::open("/proc/thread-self/schedstat").unwrap();
                started.send((address, scheduled)).unwrap();
                // Else each streamed answer waits for a delayed acknowledgement, which is all that would be measured.
                let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
                tokio::select! {
                    ended = axum::serve(listener, router) => ended.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        let thread = thread.unwrap();
        let (address, scheduled) = start.recv().unwrap();
        Self {
            address,
            scheduled,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The time that it has had of its core.
    pub(crate) fn cpu_time(&self) -> Duration {
        let mut text = [0; 128];
        let length = self.scheduled.read_at(&mut text, 0).unwrap();
        let text = str::from_utf8(&text[..length]).unwrap();
        let nanoseconds = text.split_whitespace().next().unwrap();
        Duration::from_nanos(nanoseconds.parse().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// rmcp's service by itself.
pub(crate) fn plain(protocol: Protocol) -> Router {
    let sessions = Arc::new(LocalSessionManager::default());
    let service = StreamableHttpService::new(|| Ok(Plain), sessions, config(protocol));
    Router::new().route_service("/mcp", service)
}

/// The same behind the guard, as its users mount it.
pub(crate) fn guarded(protocol: Protocol, provider: &Provider) -> Router {
    if protocol != Protocol::Of2025WithoutSessions {
        return provider.router(|| Ok(Guarded));
    }
    let protected = provider.protect(Guarded);
    let service = StreamableHttpService::new(
        move || io::Result::Ok(protected.clone()),
        Arc::new(LocalSessionManager::default()),
        config(protocol),
    );
    Router::new().route_service("/mcp", provider.layer().layer(service))
}

fn config(protocol: Protocol) -> StreamableHttpServerConfig {
    let without_sessions = protocol == Protocol::Of2025WithoutSessions;
    StreamableHttpServerConfig::default()
        .with_allowed_hosts(["mcp.example.com"])
        .with_legacy_session_mode(!without_sessions)
        .with_json_response(without_sessions)
}
