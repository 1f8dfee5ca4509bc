//! tower-oauth2-resource-server, built twice: with `RustCrypto`, its default, and with aws-lc-rs.

use std::process::ExitCode;

use harness::{Site, handler};
use tower::Layer;
use tower_oauth2_resource_server::{server::OAuth2ResourceServer, tenant::TenantConfiguration};

fn main() -> ExitCode {
    harness::run::<String, _, String>(async |site: &Site| {
        let tenant = TenantConfiguration::builder(&site.issuer)
            .audiences(&[&site.resource])
            .build()
            .await?;
        let server = <OAuth2ResourceServer>::builder()
            .add_tenant(tenant)
            .build()
            .await?;
        Ok(server.into_layer().layer(handler::<String, String>()))
    })
}
