//! turbomcp-auth. Its authenticator is no tower service but is called by turbomcp's transport with the header; the
//! service here does that, and hands on what it returns.

use std::{process::ExitCode, sync::Arc, time::Duration};

use harness::{Site, handler};
use http::{Request, Response, header};
use tower::{Service, service_fn};
use turbomcp_auth::{HttpJwks, JwtValidator, ResourceMetadata, ResourceServer};
use turbomcp_service::{AuthDecision, HttpAuthenticator};

fn main() -> ExitCode {
    harness::run::<String, _, String>(async |site: &Site| {
        let keys = HttpJwks::new(site.key_set_url(), Duration::from_hours(1));
        let server = Arc::new(ResourceServer::new(
            JwtValidator::new(keys, &site.resource, &site.issuer),
            ResourceMetadata::new(&site.resource, [&site.issuer]),
            "https://mcp.example.com/.well-known/oauth-protected-resource",
        ));
        Ok(service_fn(move |mut request: Request<String>| {
            let server = Arc::clone(&server);
            let mut inner = handler::<String, String>();
            async move {
                let authorization = request
                    .headers()
                    .get(header::AUTHORIZATION)
                    .and_then(|value| value.to_str().ok());
                match server.authenticate(authorization).await {
                    AuthDecision::Allow(identity) => {
                        request.extensions_mut().insert(identity);
                        inner.call(request).await.map_err(http::Error::from)
                    }
                    AuthDecision::Challenge {
                        status,
                        www_authenticate,
                    } => Response::builder()
                        .status(status)
                        .header(header::WWW_AUTHENTICATE, www_authenticate)
                        .body(String::new()),
                }
            }
        }))
    })
}
