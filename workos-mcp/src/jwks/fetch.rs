//! Asking the issuer for its key set, trusting nothing about the answer.

use std::{error::Error as _, fmt};

use async_trait::async_trait;
use http::StatusCode;
use url::Url;

use crate::workos_api::read_up_to;

/// Where key sets come from.
#[async_trait]
pub(super) trait Source: Send + Sync {
    /// The text of the key set, whatever it says.
    async fn fetch(&self) -> Result<Vec<u8>, FetchError>;
    /// For our log.
    fn name(&self) -> &str;
}

/// Why there is no new key set.
#[derive(Debug)]
pub(super) enum FetchError {
    TimedOut,
    Request(reqwest::Error),
    Status(StatusCode),
    Redirected,
    TooLarge,
    NotAKeySet,
    NoUsableKey,
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("no whole answer in time"),
            Self::Request(error) => {
                // Only the innermost causes say what is wrong with the network or the certificate.
                write!(f, "{error}")?;
                let mut cause = error.source();
                while let Some(error) = cause {
                    write!(f, ": {error}")?;
                    cause = error.source();
                }
                Ok(())
            }
            Self::Status(status) => write!(f, "HTTP {}", status.as_u16()),
            Self::Redirected => f.write_str("redirected elsewhere"),
            Self::TooLarge => f.write_str("the answer is larger than a key set may be"),
            Self::NotAKeySet => f.write_str("the answer is not a JSON Web Key Set"),
            Self::NoUsableKey => f.write_str(
                "no key of the answer can verify tokens (RSA of 2048 to 8192 bits for RS256, with a key id of its own)",
            ),
        }
    }
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Request(error.without_url())
        }
    }
}

pub(super) struct HttpSource {
    url: Url,
    http: reqwest::Client,
    limit: usize,
}

impl HttpSource {
    pub(super) fn new(url: Url, http: reqwest::Client, limit: usize) -> Self {
        Self { url, http, limit }
    }
}

#[async_trait]
impl Source for HttpSource {
    async fn fetch(&self) -> Result<Vec<u8>, FetchError> {
        let request = self.http.get(self.url.clone());
        let response = request
            .header(
                http::header::ACCEPT,
                "application/jwk-set+json, application/json",
            )
            .send()
            .await?;
        // The client should not follow redirects; keys from elsewhere are refused even if it does.
        if *response.url() != self.url || response.status().is_redirection() {
            return Err(FetchError::Redirected);
        }
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let document = read_up_to(response, self.limit).await?;
        document.map(Into::into).ok_or(FetchError::TooLarge)
    }

    fn name(&self) -> &str {
        self.url.as_str()
    }
}
