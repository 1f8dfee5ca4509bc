mod callers;

use std::{collections::HashMap, ffi::OsString};

use super::*;
use crate::error::ConfigError;

fn builder() -> ProviderBuilder {
    ProviderBuilder::default()
        .authkit_domain("app.authkit.app")
        .base_url("https://mcp.example.com")
}

fn with(builder: ProviderBuilder, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    builder.validate(&|variable| variables.get(variable).map(OsString::from))
}

fn valid(builder: ProviderBuilder) -> Config {
    with(builder, &[]).unwrap()
}

fn problems(builder: ProviderBuilder, variables: &[(&str, &str)]) -> String {
    with(builder, variables).err().unwrap().to_string()
}

fn hosts(config: &Config) -> Vec<String> {
    config
        .allowed_hosts
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn origins(config: &Config) -> Vec<String> {
    config
        .allowed_origins
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn every_problem_is_named_at_once_with_its_variable() {
    let text = problems(
        ProviderBuilder::default()
            .mcp_path("mcp/")
            .scopes(["open id"])
            .audience(Audience::ClientId),
        &[("BASE_URL", "ftp://x"), ("PORT", "none")],
    );
    assert_eq!(
        text,
        "the provider cannot start, 7 problems:\n  \
         - `authkit_domain` (WORKOS_AUTHKIT_DOMAIN) is missing; set it, for example to your-app.authkit.app\n  \
         - `base_url` (BASE_URL) must begin with https://, or for a loopback address with http://, such as http://localhost:3000\n  \
         - `mcp_path` must begin with /, such as /mcp\n  \
         - `scopes` has \"open id\", which is not a scope: printable ASCII without spaces, quotes and backslashes\n  \
         - `client_id` (WORKOS_CLIENT_ID) is missing; `audience` accepts tokens by it\n  \
         - `client_ids` is missing; with `audience` set to the client id, name the OAuth clients to accept\n  \
         - `bind` (PORT) is \"none\", which is not a port number"
    );
}

#[test]
fn what_is_left_out_is_read_from_its_variable_and_what_is_set_is_not() {
    let variables = [
        ("WORKOS_API_KEY", "sk_test"),
        ("WORKOS_CLIENT_ID", "client_1"),
        ("WORKOS_AUTHKIT_DOMAIN", " env.authkit.app "),
        ("BASE_URL", "https://env.example.com"),
        ("WORKOS_API_URL", "https://api.example.com/"),
        ("BIND", "127.0.0.1:4000"),
    ];
    let config = with(ProviderBuilder::default(), &variables).unwrap();
    assert_eq!(&*config.issuer, "https://env.authkit.app");
    assert_eq!(&*config.resource.url, "https://env.example.com/mcp");
    assert_eq!(config.api_url, "https://api.example.com");
    assert_eq!(config.client_id.as_deref(), Some("client_1"));
    assert_eq!(config.bind, "127.0.0.1:4000");
    assert!(config.api_key.is_some());

    let config = with(builder(), &variables).unwrap();
    assert_eq!(&*config.issuer, "https://app.authkit.app");
    assert_eq!(&*config.resource.url, "https://mcp.example.com/mcp");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let text = problems(
        builder()
            .client_ids(["client_1"])
            .audience(Audience::ClientId),
        &[("WORKOS_CLIENT_ID", " ")],
    );
    assert!(
        text.contains("`client_id` (WORKOS_CLIENT_ID) is missing"),
        "{text}"
    );
}

// Attacks: 28.
#[test]
fn a_secret_never_shows_in_a_problem_or_in_debug() {
    let builder = || {
        builder()
            .api_key("sk_live_secret\n")
            .client_id("sk live secret")
    };
    let text = problems(builder(), &[]);
    assert!(
        text.contains("`api_key` (WORKOS_API_KEY)")
            && text.contains("`client_id` (WORKOS_CLIENT_ID)"),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
    assert!(!format!("{:?}", builder()).contains("secret"));
}

// Attacks: 13, 87.
#[test]
fn the_authkit_domain_is_a_domain_or_an_origin() {
    for (given, issuer) in [
        ("app.authkit.app", "https://app.authkit.app"),
        ("https://login.acme.com", "https://login.acme.com"),
        ("https://login.acme.com/", "https://login.acme.com"),
        ("https://LOGIN.acme.com:443", "https://login.acme.com"),
        ("http://127.0.0.1:4011", "http://127.0.0.1:4011"),
        ("http://localhost:4011", "http://localhost:4011"),
        ("http://[::1]:4011", "http://[::1]:4011"),
    ] {
        assert_eq!(
            &*valid(builder().authkit_domain(given)).issuer,
            issuer,
            "{given}"
        );
    }
    for given in [
        "",
        "http://app.authkit.app",
        "https://app.authkit.app/oauth2",
        "https://app.authkit.app?x",
        "https://user@app.authkit.app",
        "app.authkit.app/path",
        "ftp://app.authkit.app",
        "a b",
    ] {
        assert!(
            problems(builder().authkit_domain(given), &[]).contains("`authkit_domain`"),
            "{given}"
        );
    }
}

// Attacks: 87.
#[test]
fn other_authkit_domains_are_domains_and_each_is_named_once() {
    let config =
        valid(builder().other_authkit_domains(["login.acme.com", "https://OLD.acme.com/"]));
    let issuers: Vec<_> = config.issuers().map(AsRef::as_ref).collect();
    let expected = [
        "https://app.authkit.app",
        "https://login.acme.com",
        "https://old.acme.com",
    ];
    assert_eq!(issuers, expected);
    assert!(valid(builder()).other_issuers.is_empty());
    let text = problems(
        builder().other_authkit_domains([
            "http://login.acme.com",
            "login.acme.com",
            "https://login.acme.com",
            "https://app.authkit.app",
            "sk_live_secret",
        ]),
        &[],
    );
    assert_eq!(
        text,
        "the provider cannot start, 4 problems:\n  \
         - `other_authkit_domains` must use https; http is for loopback addresses only, such as http://localhost:3000\n  \
         - `other_authkit_domains` is a secret key of WorkOS, not an address; check which variable has which value\n  \
         - `other_authkit_domains` has https://login.acme.com twice; name each domain once\n  \
         - `other_authkit_domains` has https://app.authkit.app, which is `authkit_domain`; name the further ones only"
    );
}

#[test]
fn base_url_and_path_give_resource_metadata_and_local_path() {
    for (base, path, resource, metadata, local) in [
        (
            "https://mcp.example.com",
            "/mcp",
            "https://mcp.example.com/mcp",
            "/.well-known/oauth-protected-resource/mcp",
            "/mcp",
        ),
        (
            "https://mcp.example.com/",
            "/",
            "https://mcp.example.com",
            "/.well-known/oauth-protected-resource",
            "/",
        ),
        (
            "https://h.example.com/team/",
            "/mcp",
            "https://h.example.com/team/mcp",
            "/.well-known/oauth-protected-resource/team/mcp",
            "/team/mcp",
        ),
        (
            "https://H.example.com:8443",
            "/a/b",
            "https://h.example.com:8443/a/b",
            "/.well-known/oauth-protected-resource/a/b",
            "/a/b",
        ),
    ] {
        let made = valid(builder().base_url(base).mcp_path(path)).resource;
        assert_eq!(
            (&*made.url, &*made.metadata_path, &*made.local_path),
            (resource, metadata, local)
        );
        assert!(
            made.metadata_url.ends_with(metadata),
            "{}",
            made.metadata_url
        );
    }
    let stripped = valid(
        builder()
            .base_url("https://h.example.com/team")
            .local_path("/mcp"),
    );
    assert_eq!(stripped.resource.local_path, "/mcp");
    assert_eq!(&*stripped.resource.url, "https://h.example.com/team/mcp");
}

#[test]
fn only_a_resource_without_a_path_is_also_accepted_with_a_slash() {
    let audiences = |path| valid(builder().mcp_path(path)).resource.audiences();
    assert_eq!(audiences("/mcp"), ["https://mcp.example.com/mcp"]);
    assert_eq!(
        audiences("/"),
        ["https://mcp.example.com", "https://mcp.example.com/"]
    );
}

#[test]
fn paths_that_read_differently_somewhere_are_refused() {
    for path in [
        "",
        "mcp",
        "/mcp/",
        "//mcp",
        "/a//b",
        "/a/../b",
        "/a%2Fb",
        "/a?b",
        "/a#b",
        "/{id}",
        "/a b",
        "/.well-known/x",
        "/healthz",
    ] {
        assert!(
            problems(builder().mcp_path(path), &[]).contains("`mcp_path`"),
            "{path}"
        );
    }
}

#[test]
fn a_base_url_and_a_path_that_together_are_a_reserved_path_are_refused() {
    for (base, path) in [
        ("https://h.example.com/healthz", "/"),
        (
            "https://h.example.com/.well-known/oauth-authorization-server",
            "/",
        ),
        (
            "https://h.example.com/.well-known",
            "/oauth-protected-resource",
        ),
    ] {
        let text = problems(builder().base_url(base).mcp_path(path), &[]);
        assert!(
            text.contains("`mcp_path` is a path that this library serves itself"),
            "{text}"
        );
    }
    for base in ["https://a\".example", "https://a{b}.example"] {
        assert!(
            problems(builder().base_url(base), &[]).contains("`base_url`"),
            "{base}"
        );
    }
}

#[test]
fn hosts_and_origins_default_to_the_base_url_and_loopback() {
    let public = valid(builder());
    assert_eq!(
        hosts(&public),
        ["mcp.example.com", "localhost", "127.0.0.1", "[::1]"]
    );
    assert_eq!(origins(&public), ["https://mcp.example.com:443"]);
    let local = valid(builder().base_url("http://localhost:3000"));
    assert_eq!(hosts(&local)[0], "localhost:3000");
    assert_eq!(
        origins(&local),
        [
            "http://localhost:3000",
            "http://localhost:*",
            "http://127.0.0.1:*"
        ]
    );
}

// Attacks: 7.
#[test]
fn an_origin_is_matched_by_scheme_host_and_port() {
    let allowed = |entry: &str, origin: &str| AllowedOrigin::parse(entry).unwrap().matches(origin);
    assert!(allowed(
        "https://app.example.com",
        "https://app.example.com"
    ));
    assert!(allowed(
        "https://app.example.com",
        "https://APP.example.com:443"
    ));
    assert!(allowed("http://localhost:*", "http://localhost:5173"));
    assert!(allowed("http://localhost:*", "http://localhost"));
    for origin in [
        "null",
        "",
        "https://app.example.com:444",
        "http://app.example.com",
        "https://app.example.com.evil.com",
        "https://evil-app.example.com",
        "https://app.example.com/",
        "https://app.example.com@evil.com",
        "https://app.example.com, https://evil.com",
        "https://app.example.com:443:443",
        "app.example.com",
    ] {
        assert!(!allowed("https://app.example.com", origin), "{origin}");
    }
    for entry in [
        "*",
        "null",
        "app.example.com",
        "https://app.example.com/path",
        "https://*.example.com:x",
        "ftp://x",
        "https://x:1:*",
    ] {
        assert!(AllowedOrigin::parse(entry).is_err(), "{entry}");
    }
}

// Attacks: 7.
#[test]
fn a_host_is_matched_whole() {
    let allowed = |entry: &str, host: &str| AllowedHost::parse(entry).unwrap().matches(host);
    assert!(allowed("mcp.example.com", "MCP.example.com:8080"));
    assert!(allowed("mcp.example.com:8080", "mcp.example.com:8080"));
    assert!(allowed("[::1]", "[::1]:3000"));
    for host in [
        "mcp.example.com.evil.com",
        "evil.com",
        "x@mcp.example.com",
        "mcp.example.com:",
        "mcp.example.com:99999",
        "mcp.example.com/",
        "",
    ] {
        assert!(!allowed("mcp.example.com", host), "{host}");
    }
    assert!(!allowed("mcp.example.com:8080", "mcp.example.com"));
    for host in ["[::1]x:80", "[::1]x", "[::1]:+80", "[::1]:80:80"] {
        assert!(!allowed("[::1]", host), "{host}");
        let origin = AllowedOrigin::parse("http://[::1]:*").unwrap();
        assert!(!origin.matches(&format!("http://{host}")), "{host}");
    }
}

#[test]
fn serve_listens_where_base_url_bind_and_port_say() {
    let bind = |base: &str, variables: &[(&str, &str)]| {
        with(builder().base_url(base), variables).unwrap().bind
    };
    assert_eq!(bind("http://localhost:3000", &[]), "127.0.0.1:3000");
    assert_eq!(bind("http://[::1]:3000", &[("PORT", "9000")]), "[::1]:3000");
    assert_eq!(bind("https://mcp.example.com", &[]), "0.0.0.0:8080");
    assert_eq!(
        bind("https://mcp.example.com", &[("PORT", "9000")]),
        "0.0.0.0:9000"
    );
    assert_eq!(
        bind(
            "https://mcp.example.com",
            &[("PORT", "9000"), ("BIND", "127.0.0.1")]
        ),
        "127.0.0.1:9000"
    );
    assert_eq!(
        bind("https://mcp.example.com", &[("BIND", "::")]),
        "[::]:8080"
    );
    assert_eq!(
        bind("http://localhost:3000", &[("BIND", "0.0.0.0")]),
        "0.0.0.0:3000"
    );
    for value in ["8058", "host:port", "a b"] {
        assert!(
            problems(builder(), &[("BIND", value)]).contains("(BIND)"),
            "{value}"
        );
    }
    assert_eq!(
        bind("http://localhost:3000", &[("BIND", "0.0.0.0:80")]),
        "0.0.0.0:80"
    );
}
