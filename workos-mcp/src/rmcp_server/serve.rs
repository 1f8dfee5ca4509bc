//! The whole server: routes, listening, and stopping without cutting a call short.

use std::{convert::Infallible, future::IntoFuture, io, sync::Arc};

use axum::{Router, middleware, routing::get, serve::ListenerExt};
use rmcp::{
    ServerHandler,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Layer, service_fn};

use super::{authenticated::Authenticated, drain};
use crate::{
    config::{Anonymous, Audience},
    context::outside,
    error::ServeError,
    http::Handles,
    provider::Provider,
};

impl Provider {
    /// Wraps an rmcp handler so that each of its methods runs for the caller of its own request.
    ///
    /// Without it, the handler would run in rmcp's own task, where [`session`](crate::session()) finds nothing;
    /// without [`layer`](Self::layer) around rmcp's service, every method of the wrapped handler refuses.
    ///
    /// Clones of what this returns remember the rules of tools together. Where clones of the handler share nothing that is one caller's or one
    /// session's, and its tools keep their rules, it may be protected once and cloned for each request, which saves a look-up
    /// of the tool.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use axum::Router;
    /// use rmcp::{
    ///     ServerHandler,
    ///     transport::streamable_http_server::{
    ///         StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    ///     },
    /// };
    /// use tower::Layer;
    /// use workos_mcp::Provider;
    ///
    /// #[derive(Clone)]
    /// struct Directory;
    /// impl ServerHandler for Directory {}
    ///
    /// # fn mount(provider: Provider) -> Router {
    /// let protected = provider.clone();
    /// let service = StreamableHttpService::new(
    ///     move || Ok(protected.protect(Directory)),
    ///     Arc::new(LocalSessionManager::default()),
    ///     StreamableHttpServerConfig::default().with_allowed_hosts(["mcp.example.com"]),
    /// );
    /// Router::new()
    ///     .route_service("/mcp", provider.layer().layer(service))
    ///     .merge(provider.metadata_router())
    /// # }
    /// ```
    pub fn protect<H: ServerHandler>(&self, handler: H) -> Authenticated<H> {
        Authenticated::new(handler, self.clone())
    }

    /// The MCP endpoint and the metadata as an [`axum::Router`], to merge into an application.
    ///
    /// `factory` makes a handler for each request, or, for clients of the older protocol versions, for each
    /// of their sessions; it runs before anybody is signed in. Merge the router, do not nest it: the
    /// metadata belongs at the root of the host. When you serve it yourself, set `TCP_NODELAY`
    /// (axum's `ListenerExt::tap_io`), or each of rmcp's streamed answers that is not there within 5 ms waits some 40 ms; and serve
    /// it as `into_make_service()`, so that threads do not wait for each other.
    pub fn router<H, F>(&self, factory: F) -> Router
    where
        H: ServerHandler,
        F: Fn() -> Result<H, io::Error> + Send + Sync + 'static,
    {
        self.router_until(CancellationToken::new(), factory)
    }

    fn router_until<H, F>(&self, stop: CancellationToken, factory: F) -> Router
    where
        H: ServerHandler,
        F: Fn() -> Result<H, io::Error> + Send + Sync + 'static,
    {
        let config = self.config();
        let names = |values: &mut dyn Iterator<Item = String>| values.collect::<Vec<_>>();
        let rmcp = StreamableHttpServerConfig::default()
            .with_allowed_hosts(names(
                &mut config.allowed_hosts.iter().map(ToString::to_string),
            ))
            .with_allowed_origins(names(
                &mut config.allowed_origins.iter().map(ToString::to_string),
            ))
            .enforce_origin_validation()
            .with_max_request_body_bytes(config.limits.body_bytes)
            .with_cancellation_token(stop)
            // A session would change hands when its client signs in.
            .with_legacy_session_mode(config.anonymous == Anonymous::Refuse);
        let providers = Handles::of(self);
        let service = Arc::new(StreamableHttpService::new(
            move || outside(&factory).map(|handler| providers.own().protect(handler)),
            Arc::new(LocalSessionManager::default()),
            rmcp,
        ));
        // As a service of its own, rmcp's is cloned twice for each request, with all of its configuration.
        let service = service_fn(move |request| {
            let service = Arc::clone(&service);
            // The future is large, and moved on its way out.
            Box::pin(async move { Ok::<_, Infallible>(service.handle(request).await) })
        });
        // Not `nest_service`, which would serve every path below the endpoint as well.
        Router::new()
            .route_service(
                &config.resource.local_path,
                self.layer().resumable().allow_anonymous().layer(service),
            )
            .merge(self.metadata_router())
    }

    /// Serves until the process is told to stop (Ctrl-C, or `SIGTERM`), then lets calls in flight finish.
    ///
    /// Listens on `bind`, else on `BIND`, else on host and port of a loopback `base_url`, else on
    /// `0.0.0.0` and `PORT`, or 8080. Serves the MCP endpoint, the metadata, and `GET /healthz`, which answers
    /// anybody with 200. Logs at start what clients need and what to register in WorkOS.
    ///
    /// # Errors
    ///
    /// [`ServeError::Bind`] when the address cannot be listened on.
    pub async fn serve<H, F>(&self, factory: F) -> Result<(), ServeError>
    where
        H: ServerHandler,
        F: Fn() -> Result<H, io::Error> + Send + Sync + 'static,
    {
        let address = &self.config().bind;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| ServeError::Bind {
                address: address.clone(),
                source,
            })?;
        self.serve_on(listener, told_to_stop(), factory).await
    }

    /// [`serve`](Self::serve) on a listener of yours, until `stop` ends.
    ///
    /// Then no connection is accepted any more, calls in flight go on for at most
    /// [`Limits::drain`](crate::Limits::drain), and after them the long streams end.
    ///
    /// # Errors
    ///
    /// [`ServeError::Accept`] when connections cannot be accepted any longer.
    pub async fn serve_on<H, F>(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
        factory: F,
    ) -> Result<(), ServeError>
    where
        H: ServerHandler,
        F: Fn() -> Result<H, io::Error> + Send + Sync + 'static,
    {
        self.announce(&listener);
        self.verifier().warm_up();
        let streams = CancellationToken::new();
        // Sessions without a connection keep no server from ending, and are to end with it.
        let _ended = streams.clone().drop_guard();
        let calls = TaskTracker::new();
        let tracked = calls.clone();
        let router = self
            .router_until(streams.clone(), factory)
            .layer(middleware::from_fn(move |request, next| {
                drain::track(tracked.clone(), request, next)
            }))
            .route("/healthz", get(|| async { "ok\n" }));
        // Without TCP_NODELAY each of rmcp's streamed answers waits for a delayed acknowledgement.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "cannot set TCP_NODELAY");
            }
        });

        let stopping = CancellationToken::new();
        // As it is, a router is copied for each connection, by the thread that accepts it.
        let server = axum::serve(listener, router.into_make_service())
            .with_graceful_shutdown(stopping.clone().cancelled_owned())
            .into_future();
        let drain = self.config().limits.drain;
        let drained = async move {
            stop.await;
            tracing::info!("stopping: no new connections");
            stopping.cancel();
            calls.close();
            if tokio::time::timeout(drain, calls.wait()).await.is_err() {
                tracing::warn!("stopping: calls are still in flight, ending them");
            }
            streams.cancel();
            // A connection that does not close by now is not ours to wait for.
            tokio::time::sleep(drain).await;
        };
        tokio::select! {
            ended = server => ended.map_err(ServeError::Accept),
            () = drained => Ok(()),
        }
    }

    fn announce(&self, listener: &TcpListener) {
        let config = self.config();
        let listed =
            |values: &mut dyn Iterator<Item = String>| values.collect::<Vec<_>>().join(", ");
        tracing::info!(
            mcp_url = self.mcp_url(),
            issuer = self.issuer(),
            listening = listener
                .local_addr()
                .map(|address| address.to_string())
                .unwrap_or_default(),
            allowed_hosts = listed(&mut config.allowed_hosts.iter().map(ToString::to_string)),
            allowed_origins = listed(&mut config.allowed_origins.iter().map(ToString::to_string)),
            "serving MCP behind AuthKit"
        );
        tracing::info!(
            "the resource indicator registered in WorkOS must read exactly {} (dashboard: Connect, Configuration, MCP resource indicators)",
            self.mcp_url()
        );
        if config.resource.loopback && config.resource.url.starts_with("https:") {
            tracing::warn!(
                "`base_url` says https, and this speaks http: put something in front that terminates TLS, or write http://"
            );
        }
        if config.audience == Audience::ClientId {
            tracing::warn!(
                "`audience` accepts tokens issued for the whole environment, so another server of it can replay them here; \
                 register the resource indicator and leave `audience` out"
            );
        }
        if config.anonymous == Anonymous::Refuse && config.rules.any_public() {
            tracing::warn!(
                "something is public by `Rule::public`, and everything needs a token all the same until the provider says `anonymous: allow`"
            );
        }
        if config.anonymous == Anonymous::Allow {
            tracing::info!(
                "callers who are not signed in see what there is, and use what is public; clients older than 2026-07-28 have no sessions"
            );
        }
        if !config.other_issuers.is_empty() {
            tracing::info!(
                other_issuers = config.other_issuers.join(", "),
                "tokens of other issuers are accepted too, while clients are sent to {}; take them out of \
                 `other_authkit_domains` once their tokens have expired",
                self.issuer()
            );
        }
        if !config.machines.is_empty() {
            tracing::info!(
                machines = config.machines.join(", "),
                "machine-to-machine applications may use this server; their tokens are issued for the whole environment, so \
                 another server of it can replay them here"
            );
        }
        if let Some(permission) = &config.api_keys {
            tracing::info!(
                permission,
                "API keys of WorkOS with this permission may use this server; one that is revoked goes on for {:?} at most",
                config.limits.api_key_ttl
            );
        }
        if config.rules.require.is_none() {
            tracing::info!(
                "everybody who can sign in may use this server, which with open sign-up is everybody; `require` says who may"
            );
        }
        if config.api_key.is_none() {
            tracing::info!(
                "no WORKOS_API_KEY: `user()`, `client()` and rules that must ask WorkOS will refuse"
            );
        }
    }
}

async fn told_to_stop() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "cannot listen for Ctrl-C");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "cannot listen for SIGTERM");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
