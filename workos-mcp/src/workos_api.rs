//! The official SDK on our own HTTP transport, so that the tree holds one HTTP client and one TLS stack.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use url::Url;
use workos::transport::{
    HttpRequest, HttpResponse, HttpTransport, TransportError, TransportErrorKind,
};

use crate::{
    config::Config,
    error::{ConfigError, ConfigProblem},
};

/// The longest answer of the WorkOS API that is read; a full page of its largest lists is far below.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// The SDK's client, when there is a key to call with.
pub(crate) fn client(
    config: &Config,
    http: &reqwest::Client,
) -> Result<Option<workos::Client>, ConfigError> {
    let Some(api_key) = &config.api_key else {
        return Ok(None);
    };
    let transport = Transport {
        http: http.clone(),
        timeout: config.limits.api_timeout,
    };
    let mut builder = workos::Client::builder()
        .api_key(api_key.expose_secret())
        .base_url(&config.api_url)
        .user_agent(Config::user_agent())
        // The SDK sleeps as long as any `Retry-After` says, an hour if it says so.
        .max_retries(0)
        .transport(Arc::new(transport));
    if let Some(client_id) = &config.client_id {
        builder = builder.client_id(client_id);
    }
    builder.try_build().map(Some).map_err(|error| {
        ConfigError::new(vec![ConfigProblem::new(
            "api_url",
            Some("WORKOS_API_URL"),
            format!("cannot be used by the WorkOS SDK: {error}"),
        )])
    })
}

struct Transport {
    http: reqwest::Client,
    timeout: Duration,
}

#[async_trait]
impl HttpTransport for Transport {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let call = call_name(&request);
        let answer = tokio::time::timeout(self.timeout, self.send(request))
            .await
            .unwrap_or_else(|elapsed| Err(TransportError::timeout(elapsed)));
        match answer {
            Ok(mut response) => {
                // The SDK's error keeps the headers and forgets the request.
                if let Ok(call) = HeaderValue::from_str(&call) {
                    response.headers.insert(CALL, call);
                }
                Ok(response)
            }
            Err(error) => Err(TransportError::new(
                error.kind,
                Unanswered {
                    call,
                    source: error.source,
                },
            )),
        }
    }
}

const CALL: HeaderName = HeaderName::from_static("workos-mcp-call");

#[derive(Debug, thiserror::Error)]
#[error("{call} was not answered")]
struct Unanswered {
    call: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Method and collection, without the ids behind them.
fn call_name(request: &HttpRequest) -> String {
    let path = Url::parse(&request.url).map(|url| {
        url.path_segments()
            .into_iter()
            .flatten()
            .take(2)
            .fold(String::new(), |path, segment| {
                let is_word = segment
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                path + "/" + if is_word { segment } else { "{id}" }
            })
    });
    format!("{} {}", request.method, path.unwrap_or_default())
}

/// Which call an error of the SDK is about.
pub(crate) fn failed_call(error: &workos::Error) -> Option<&str> {
    match error {
        workos::Error::Api(answer) => answer.headers.get(CALL)?.to_str().ok(),
        workos::Error::Network(unanswered) => {
            let unanswered: &Unanswered = unanswered.source.downcast_ref()?;
            Some(&unanswered.call)
        }
        _ => None,
    }
}

impl Transport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let mut outgoing = self
            .http
            .request(request.method, request.url)
            .headers(request.headers);
        if let Some(body) = request.body {
            outgoing = outgoing.body(body);
        }
        let mut response = outgoing.send().await.map_err(transport_error)?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let body = read_up_to(response, ANSWER_BYTES)
            .await
            .map_err(transport_error)?
            .ok_or_else(|| TransportError::other("the answer is too long"))?;
        Ok(HttpResponse {
            status,
            headers,
            body,
        })
    }
}

/// The body, or `None` as soon as it is longer than `limit` bytes.
pub(crate) async fn read_up_to(
    mut response: reqwest::Response,
    limit: usize,
) -> Result<Option<Bytes>, reqwest::Error> {
    let announced = response.content_length().unwrap_or(0);
    if announced > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Ok(None);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > limit.saturating_sub(body.len()) {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body.freeze()))
}

/// Without the URL, which carries user ids.
fn transport_error(error: reqwest::Error) -> TransportError {
    let kind = if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if error.is_connect() {
        TransportErrorKind::Connect
    } else {
        TransportErrorKind::Other
    };
    TransportError::new(kind, error.without_url())
}
