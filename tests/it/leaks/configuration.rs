//! What a server is made of: the key is in none of its words, wherever somebody put it by mistake.

use rmcp::ServerHandler;
use tower::Layer;
use workos_mcp::{Provider, ProviderBuilder};

/// Puts a value into a field.
type Set = fn(ProviderBuilder, String) -> ProviderBuilder;

const KEY: &str = "sk_live_ZGF1Z2h0ZXIgb2YgYSBwb2V0";

fn good() -> ProviderBuilder {
    Provider::builder()
        .api_key("sk_test_x")
        .client_id("client_x")
        .authkit_domain("app.authkit.app")
        .base_url("https://mcp.example.com")
        .api_url("https://api.workos.com")
        .bind("127.0.0.1:8000")
}

// Attacks: 28.
#[test]
fn debug_shows_no_key() {
    #[derive(Clone)]
    struct Bare;
    impl ServerHandler for Bare {}

    let builder = good().api_key(KEY);
    let shown = format!("{builder:?} {builder:#?}");
    let provider = builder.build().unwrap();
    let layer = provider.layer();
    let service = layer.layer(tower::service_fn(
        async |_: http::Request<axum::body::Body>| {
            Ok::<_, std::convert::Infallible>(http::Response::new(axum::body::Body::empty()))
        },
    ));
    let protected = provider.protect(Bare);
    let shown = format!("{shown} {provider:?} {provider:#?} {layer:?} {service:?} {protected:?}");
    assert!(shown.contains("mcp.example.com"), "{shown}");
    assert!(!shown.contains("sk_live"), "{shown}");
}

/// Variables are mixed up easily; the error is printed where a server starts.
// Attacks: 28.
#[test]
fn a_key_in_another_field_is_refused_and_not_repeated() {
    let fields: [(&str, Set); 10] = [
        ("client_id", |builder, key| builder.client_id(key)),
        ("api_keys", |builder, key| builder.api_keys(key)),
        ("authkit_domain", |builder, key| builder.authkit_domain(key)),
        ("base_url", |builder, key| builder.base_url(key)),
        ("api_url", |builder, key| builder.api_url(key)),
        ("docs_url", |builder, key| builder.docs_url(key)),
        ("bind", |builder, key| builder.bind(key)),
        ("allowed_hosts", |builder, key| builder.allowed_hosts([key])),
        ("allowed_origins", |builder, key| {
            builder.allowed_origins([key])
        }),
        ("scopes", |builder, key| {
            builder.scopes([format!("{key} \"")])
        }),
    ];
    for (field, set) in fields {
        for value in [
            KEY.to_owned(),
            format!("https://{KEY}"),
            format!("https://user:{KEY}@example.com"),
            format!("https://example.com?key={KEY}"),
        ] {
            let builder = set(good(), value.clone());
            let shown = format!("{builder:?}");
            assert!(!shown.contains("sk_live"), "{field}, {value}: {shown}");
            match builder.build() {
                Err(error) => {
                    let shown = format!("{error} {error:?}");
                    assert!(shown.contains(field), "{field}, {value}: {shown}");
                    assert!(!shown.contains("sk_live"), "{field}, {value}: {shown}");
                }
                // The bare key must not come to stand in public documents.
                Ok(_) => assert_ne!(value, KEY, "{field} takes a key"),
            }
        }
    }
}
