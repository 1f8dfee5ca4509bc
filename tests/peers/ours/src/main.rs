//! This crate.

use std::process::ExitCode;

use axum::body::Body;
use harness::{Site, handler};
use tower::Layer;
use workos_mcp::Provider;

fn main() -> ExitCode {
    harness::run::<Body, _, Body>(async |site: &Site| {
        let provider = Provider::builder()
            .authkit_domain(&site.issuer)
            .base_url(site.resource.trim_end_matches("/mcp"))
            .mcp_path("/mcp")
            .build()?;
        Ok(provider.layer().layer(handler::<Body, Body>()))
    })
}
