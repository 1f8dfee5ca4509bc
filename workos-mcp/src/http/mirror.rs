//! AuthKit's authorization server metadata, relayed: fetched at most once at a time, kept while it is fresh,
//! and kept longer while AuthKit does not answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::challenge::retry_after_value;
use crate::{config::Config, limits::Limits, workos_api::read_up_to};

/// The longest metadata document that is read; AuthKit's is below two KiB.
const DOCUMENT_BYTES: usize = 64 * 1024;

pub(crate) struct Mirror(Arc<State>);

struct State {
    http: reqwest::Client,
    url: String,
    issuer: Arc<str>,
    limits: Limits,
    current: ArcSwapOption<Copy>,
    /// When the last fetch failed. Held while one is under way.
    failed: Arc<Mutex<Option<Instant>>>,
}

struct Copy {
    document: Bytes,
    fetched: Instant,
}

/// AuthKit cannot be asked and there is no copy.
#[derive(Debug)]
pub(super) struct Unavailable {
    retry_after: Duration,
}

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        let headers = [
            (header::RETRY_AFTER, retry_after_value(self.retry_after)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let text = "the authorization server's metadata cannot be fetched right now; retry shortly";
        (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
    }
}

impl Mirror {
    pub(crate) fn new(config: &Config, http: reqwest::Client) -> Self {
        Self(Arc::new(State {
            http,
            url: format!("{}/.well-known/oauth-authorization-server", config.issuer),
            issuer: config.issuer.clone(),
            limits: config.limits.clone(),
            current: ArcSwapOption::empty(),
            failed: Arc::default(),
        }))
    }

    pub(super) async fn document(&self) -> Result<Bytes, Unavailable> {
        let state = &self.0;
        let copy = state.current.load_full();
        if let Some(copy) = &copy
            && copy.fetched.elapsed() < state.limits.metadata_ttl
        {
            return Ok(copy.document.clone());
        }
        // In a task of its own, so that a client that hangs up does not end the fetch for the others.
        let Some(copy) = copy else {
            let failed = state.failed.clone().lock_owned().await;
            let refresh = tokio::spawn(state.clone().refresh(failed));
            return refresh.await.ok().flatten().ok_or(Unavailable {
                retry_after: state.limits.metadata_failure_ttl,
            });
        };
        // With a copy at hand nobody waits, and one who refreshes is enough.
        if let Ok(failed) = state.failed.clone().try_lock_owned() {
            tokio::spawn(state.clone().refresh(failed));
        }
        Ok(copy.document.clone())
    }
}

impl State {
    async fn refresh(
        self: Arc<Self>,
        mut failed: OwnedMutexGuard<Option<Instant>>,
    ) -> Option<Bytes> {
        // Whoever held the lock before may have brought it.
        if let Some(copy) = self.current.load_full()
            && copy.fetched.elapsed() < self.limits.metadata_ttl
        {
            return Some(copy.document.clone());
        }
        if failed.is_some_and(|failed| failed.elapsed() < self.limits.metadata_failure_ttl) {
            return None;
        }
        let fetched = tokio::time::timeout(self.limits.fetch_timeout, self.fetch()).await;
        match fetched.unwrap_or(Err("no answer in time".to_owned())) {
            Ok(document) => {
                *failed = None;
                self.current.store(Some(Arc::new(Copy {
                    document: document.clone(),
                    fetched: Instant::now(),
                })));
                Some(document)
            }
            Err(reason) => {
                tracing::warn!(url = %self.url, reason, "cannot mirror the authorization server's metadata");
                *failed = Some(Instant::now());
                None
            }
        }
    }

    async fn fetch(&self) -> Result<Bytes, String> {
        let response = self
            .http
            .get(&self.url)
            .send()
            .await
            .map_err(|error| error.to_string())?;
        if response.status() != StatusCode::OK {
            return Err(format!("HTTP {}", response.status().as_u16()));
        }
        let document = read_up_to(response, DOCUMENT_BYTES)
            .await
            .map_err(|error| error.to_string())?
            .ok_or("the document is too long")?;
        check(&document, &self.issuer)?;
        Ok(document)
    }
}

/// Whether this is metadata of this issuer
/// ([RFC 8414 §3.3](https://www.rfc-editor.org/rfc/rfc8414#section-3.3): that of another must not be used).
pub(super) fn check(document: &[u8], issuer: &str) -> Result<(), &'static str> {
    #[derive(Deserialize)]
    struct Metadata {
        issuer: String,
    }

    match serde_json::from_slice::<Metadata>(document) {
        // serde takes an array of the values too.
        Ok(metadata) if document.trim_ascii_start().starts_with(b"{") => {
            if metadata.issuer == issuer {
                Ok(())
            } else {
                Err("the document is of another issuer")
            }
        }
        Ok(_) | Err(_) => Err("the document is not authorization server metadata"),
    }
}
