//! The documents that tell a client where to sign in.

use axum::{Router, response::IntoResponse, routing::get};
use bytes::Bytes;
use http::{HeaderValue, header};
use serde::Serialize;

use super::cors;
use crate::{
    config::{Config, Resource},
    provider::Provider,
};

/// Where a client older than protected resource metadata looks ([RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)).
const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";

/// Protected resource metadata ([RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)).
#[derive(Serialize)]
struct ProtectedResource<'a> {
    resource: &'a str,
    authorization_servers: [&'a str; 1],
    scopes_supported: &'a [String],
    bearer_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<&'a str>,
}

fn protected_resource(config: &Config) -> Bytes {
    let document = ProtectedResource {
        resource: &config.resource.url,
        authorization_servers: [&config.issuer],
        scopes_supported: &config.scopes,
        bearer_methods_supported: ["header"],
        resource_documentation: config.docs_url.as_ref().map(url::Url::as_str),
    };
    serde_json::to_vec(&document).unwrap_or_default().into()
}

/// The routes of [`Provider::metadata_router`].
pub(crate) fn router(provider: &Provider) -> Router {
    let config = provider.config();
    let document = protected_resource(config);
    let serve = move || {
        let document = document.clone();
        async move { json(document) }
    };
    let mut router = Router::new().route(&config.resource.metadata_path, get(serve.clone()));
    // The same document at the root, for clients that look there first.
    if config.resource.metadata_path != Resource::WELL_KNOWN {
        router = router.route(Resource::WELL_KNOWN, get(serve));
    }
    if config.mirror_metadata {
        let provider = provider.clone();
        router = router.route(
            AUTHORIZATION_SERVER,
            get(move || {
                let provider = provider.clone();
                async move {
                    match provider.mirror().document().await {
                        Ok(document) => json(document),
                        Err(unavailable) => unavailable.into_response(),
                    }
                }
            }),
        );
    }
    router.layer(cors::metadata())
}

fn json(document: Bytes) -> axum::response::Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=300"),
        ),
    ];
    (headers, document).into_response()
}
