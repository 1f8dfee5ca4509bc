//! The fixture behind this crate, with the emulator as its AuthKit.

use std::{error::Error, time::Duration};

use serde_json::json;
use tokio::net::TcpListener;
use workos_mcp::{Limits, Provider};
use workos_mcp_emulator::Emulator;

use crate::{Options, announce, fixture::World};

/// Where a client's metadata document would be. The emulator is told what it says, and does not fetch it.
const CLIENT_METADATA_URL: &str = "https://client.example/oauth/metadata.json";

pub(crate) async fn serve(
    listener: TcpListener,
    base_url: &str,
    options: &Options,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder()
        .access_token_lifetime(options.access_token_lifetime())
        .client_metadata(
            CLIENT_METADATA_URL,
            json!({
                "client_id": CLIENT_METADATA_URL,
                "client_name": "Interop client",
                // With any port, as for all loopback redirect URIs.
                "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "none",
            }),
        )
        .start()
        .await?;
    let mut limits = Limits::default();
    limits.clock_leeway = options.clock_leeway();
    // Clients leave streams open, and nobody waits for them here.
    limits.drain = Duration::from_secs(1);
    let mut builder = Provider::builder()
        .authkit_domain(emulator.issuer())
        .api_key(emulator.api_key())
        .client_id(emulator.client_id())
        .api_url(emulator.url())
        .base_url(base_url)
        .limits(limits);
    if !options.allowed_origin.is_empty() {
        builder = builder.allowed_origins(&options.allowed_origin);
    }
    let provider = builder.build()?;
    emulator.add_resource(provider.mcp_url());

    let application = emulator
        .applications()
        .into_iter()
        .find(|application| application.organization_id().is_none())
        .ok_or("the emulator has no OAuth application")?;
    announce(&json!({
        "mcpUrl": provider.mcp_url(),
        "issuer": provider.issuer(),
        "token": emulator.token(&emulator.ada()).build(),
        "clientId": application.id(),
        "clientSecret": application.secret(),
        "clientMetadataUrl": CLIENT_METADATA_URL,
        "users": { "ada": emulator.ada().email(), "grace": emulator.grace().email() },
    }))?;
    let world = World::new()?;
    Ok(provider
        .serve_on(listener, stop, move || Ok(world.handler()))
        .await?)
}
