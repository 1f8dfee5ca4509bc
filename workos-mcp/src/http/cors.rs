//! Cross-origin rules of the MCP endpoint and of the metadata.

use http::{HeaderName, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer, ExposeHeaders};

use super::host;
use crate::config::Config;

/// For the MCP endpoint: the provider's origins, never credentials, and the headers that a browser's
/// client must be able to read. Requested headers are mirrored, because `Mcp-Param-*` cannot be listed.
pub(crate) fn mcp(config: &Config) -> CorsLayer {
    let origins = config.allowed_origins.clone();
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| {
            host::is_allowed(origin, &origins)
        }))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::list([
            header::WWW_AUTHENTICATE,
            HeaderName::from_static("mcp-session-id"),
            header::RETRY_AFTER,
            super::request_id::REQUEST_ID,
        ]))
        .max_age(std::time::Duration::from_secs(600))
}

/// For the metadata, which is public: anyone may read it.
pub(super) fn metadata() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers(AllowHeaders::mirror_request())
        .max_age(std::time::Duration::from_secs(600))
}
