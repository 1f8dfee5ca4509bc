//! Expansions, compared token by token.

mod syntax;
mod urls;
mod values;

use proc_macro2::TokenStream;
use quote::quote;

use super::expand;

fn expanded(input: &str) -> String {
    expand(parsed(input)).to_string()
}

fn parsed(source: &str) -> TokenStream {
    source.parse().unwrap()
}

/// The texts of the errors, and what remains when they are taken away.
fn split(input: &str) -> (Vec<String>, String) {
    split_tokens(parsed(input))
}

fn split_tokens(input: TokenStream) -> (Vec<String>, String) {
    let expanded = expand(input);
    let Ok(block) = syn::parse2::<syn::Block>(expanded.clone()) else {
        return (Vec::new(), expanded.to_string());
    };
    let mut errors = Vec::new();
    let mut rest = TokenStream::new();
    for statement in block.stmts {
        match statement {
            syn::Stmt::Macro(call) => {
                let error: syn::LitStr = call.mac.parse_body().unwrap();
                errors.push(error.value());
            }
            other => rest.extend(quote!(#other)),
        }
    }
    (errors, rest.to_string())
}

fn errors(input: &str) -> Vec<String> {
    split(input).0
}

#[track_caller]
fn assert_expands(input: &str, expected: &str) {
    assert_eq!(expanded(input), parsed(expected).to_string());
}

#[track_caller]
fn assert_one_error(input: &str, expected: &str) {
    let (errors, rest) = split(input);
    assert_eq!(errors, [expected], "for {input}");
    let builder = parsed("::workos_mcp::Provider::builder()").to_string();
    assert!(rest.starts_with(&builder), "{rest}");
    assert!(rest.ends_with(". build ()"), "{rest}");
}

#[test]
fn nothing_is_a_builder_that_reads_the_environment() {
    assert_expands("", "::workos_mcp::Provider::builder().build()");
}

#[test]
fn each_field_is_a_setter_in_the_order_written() {
    assert_expands(
        r#"
        base_url: "https://mcp.example.com",
        docs_url: format!("{site}/docs"),
        authkit_domain: "your-app.authkit.app",
        api_key: secrets.get("workos").await?,
        client_id: "client_01HXYZ",
        mcp_path: "/mcp",
        local_path: "/",
        api_url: "https://api.workos.com",
        client_ids: ["client_01HXYZ", other],
        scopes: ["openid"],
        allowed_hosts: hosts,
        mirror_metadata: false,
        bind: "127.0.0.1:3000",
        limits: limits
        "#,
        r#"
        ::workos_mcp::Provider::builder()
            .base_url("https://mcp.example.com")
            .docs_url(format!("{site}/docs"))
            .authkit_domain("your-app.authkit.app")
            .api_key(secrets.get("workos").await?)
            .client_id("client_01HXYZ")
            .mcp_path("/mcp")
            .local_path("/")
            .api_url("https://api.workos.com")
            .client_ids(["client_01HXYZ", other])
            .scopes(["openid"])
            .allowed_hosts(hosts)
            .mirror_metadata(false)
            .bind("127.0.0.1:3000")
            .limits(limits)
            .build()
        "#,
    );
}

#[test]
fn a_comma_may_stand_behind_the_last_field() {
    let expected = r#"::workos_mcp::Provider::builder().mcp_path("/").build()"#;
    assert_expands(r#"mcp_path: "/""#, expected);
    assert_expands(r#"mcp_path: "/","#, expected);
}

#[test]
fn the_words_of_audience_are_its_variants() {
    for (word, variant) in [("client_id", "ClientId"), ("resource", "Resource")] {
        assert_expands(
            &format!("audience: {word}"),
            &format!(
                "::workos_mcp::Provider::builder().audience(::workos_mcp::Audience::{variant}).build()"
            ),
        );
    }
    assert_expands(
        "audience: if strict { Audience::Resource } else { client_id }",
        "::workos_mcp::Provider::builder().audience(if strict { Audience::Resource } else { client_id }).build()",
    );
}

#[test]
fn the_words_of_audience_are_seen_in_an_invisible_group() {
    let word = proc_macro2::Group::new(proc_macro2::Delimiter::None, quote!(resource));
    assert_eq!(
        expand(quote!(audience: #word)).to_string(),
        expanded("audience: resource")
    );
}

#[test]
fn no_origin_at_all_has_a_type() {
    assert_expands(
        "allowed_origins: []",
        r#"::workos_mcp::Provider::builder().allowed_origins([""; 0]).build()"#,
    );
}

#[test]
fn no_pairs_at_all_have_a_type() {
    for rules in ["tool_rules", "prompt_rules", "resource_rules"] {
        assert_expands(
            &format!("{rules}: []"),
            &format!(
                "::workos_mcp::Provider::builder().{rules}([] as [(&str, ::workos_mcp::Rule); 0]).build()"
            ),
        );
    }
    assert_expands(
        "scope_hierarchy: []",
        "::workos_mcp::Provider::builder().scope_hierarchy([] as [(&str, &str); 0]).build()",
    );
}

#[test]
fn the_library_can_be_elsewhere() {
    for root in ["::auth", "crate::deps::auth"] {
        assert_expands(
            &format!("crate = {root}, audience: resource"),
            &format!("{root}::Provider::builder().audience({root}::Audience::Resource).build()"),
        );
    }
    assert_one_error(
        "crate = auth::reexported",
        "the path of `crate` must be absolute; write `::auth::reexported` for a dependency or `crate::auth::reexported` for an item of this crate",
    );
}
