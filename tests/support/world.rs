//! An emulator and a protected server, on real sockets.

use std::{io, time::Duration};

use rmcp::ServerHandler;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use workos_mcp::{Provider, ProviderBuilder, ServeError};
use workos_mcp_emulator::{Emulator, User};

use crate::{Mode, Tools, Wire};

pub struct World {
    pub emulator: Emulator,
    pub provider: Provider,
    pub http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<Result<(), ServeError>>,
}

/// Says how a world differs from the usual one.
pub struct WorldBuilder {
    configure: Box<dyn FnOnce(ProviderBuilder) -> ProviderBuilder>,
    emulator: Option<Emulator>,
    registered: bool,
}

impl World {
    /// The usual world: its handler is [`Tools`], and its URL is registered as a resource indicator.
    pub async fn start() -> Self {
        Self::builder().start(|| Ok(Tools::default())).await
    }

    pub fn builder() -> WorldBuilder {
        WorldBuilder {
            configure: Box::new(|builder| builder),
            emulator: None,
            registered: true,
        }
    }

    pub fn mcp_url(&self) -> &str {
        self.provider.mcp_url()
    }

    /// A URL of the server itself.
    pub fn url(&self, path: &str) -> String {
        let url = url::Url::parse(self.mcp_url()).unwrap();
        format!("{}{path}", url.origin().ascii_serialization())
    }

    pub fn token(&self, user: &User) -> String {
        self.emulator.token(user).build()
    }

    /// A client of protocol version 2026-07-28, signed in as `user`.
    pub fn modern(&self, user: &User) -> Wire {
        Wire::modern(self.mcp_url(), &self.token(user))
    }

    /// A client of protocol version 2025-11-25 with a session, signed in as `user`.
    pub async fn legacy(&self, user: &User) -> Wire {
        Wire::legacy(self.mcp_url(), &self.token(user)).await
    }

    /// Tells the server to stop, as a signal does.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Waits until the server has stopped.
    pub async fn stopped(&mut self) -> Result<(), ServeError> {
        (&mut self.server).await.unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl WorldBuilder {
    pub fn configure(
        mut self,
        configure: impl FnOnce(ProviderBuilder) -> ProviderBuilder + 'static,
    ) -> Self {
        self.configure = Box::new(configure);
        self
    }

    pub fn emulator(mut self, emulator: Emulator) -> Self {
        self.emulator = Some(emulator);
        self
    }

    /// Leaves the resource indicator out, as in a WorkOS environment where nobody thought of it.
    pub fn unregistered(mut self) -> Self {
        self.registered = false;
        self
    }

    pub async fn start<H, F>(self, factory: F) -> World
    where
        H: ServerHandler,
        F: Fn() -> Result<H, io::Error> + Send + Sync + 'static,
    {
        let emulator = match self.emulator {
            Some(emulator) => emulator,
            None => Emulator::start().await.unwrap(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let builder = Provider::builder()
            .authkit_domain(emulator.issuer())
            .api_key(emulator.api_key())
            .client_id(emulator.client_id())
            .api_url(emulator.url())
            .base_url(base_url);
        let builder = Mode::of_process().configure(builder, &emulator);
        let provider = (self.configure)(builder).build().unwrap();
        if self.registered {
            emulator.add_resource(provider.mcp_url());
        }
        let (stop, stopped) = oneshot::channel();
        let serving = provider.clone();
        let server = tokio::spawn(async move {
            let told = async {
                // A world that is dropped does not stop its server gracefully.
                if stopped.await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            serving.serve_on(listener, told, factory).await
        });
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        World {
            emulator,
            provider,
            http,
            stop: Some(stop),
            server,
        }
    }
}
