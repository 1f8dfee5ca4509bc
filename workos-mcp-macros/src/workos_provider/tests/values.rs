//! Literals that are certainly wrong.

use quote::quote;

use super::{assert_one_error, errors, split_tokens};

#[test]
fn a_literal_secret_key_is_refused_however_it_is_wrapped() {
    let expected = "a secret key must not stand in the source; leave `api_key` out to read WORKOS_API_KEY, or read the key at run time";
    for value in [
        r#""sk_live_1""#,
        r#""anything""#,
        r#"("sk_live_1")"#,
        r##"r#"sk_live_1"#"##,
        r#""sk_live_1".to_string()"#,
        r#""sk_live_1".to_owned()"#,
        r#""sk_live_1".into()"#,
        r#"("sk_live_1".to_owned()).into()"#,
        r#"String::from("sk_live_1")"#,
        r#"::std::string::String::from("sk_live_1")"#,
        r#"&"sk_live_1""#,
    ] {
        assert_one_error(&format!("api_key: {value}"), expected);
    }
    assert!(errors(r#"api_key: std::env::var("MY_KEY")?"#).is_empty());
    assert!(errors("api_key: key.to_string()").is_empty());
}

#[test]
fn a_secret_key_is_seen_in_other_fields_too() {
    let text = "this is a secret key, which must not stand in the source;";
    assert_one_error(
        r#"client_id: "sk_live_1""#,
        &format!("{text} `client_id` takes a value such as `\"client_01HXYZ\"`"),
    );
    assert_one_error(
        r#"client_ids: ["client_1", "sk_live_1"]"#,
        &format!("{text} `client_ids` takes a value such as `[\"client_01HXYZ\"]`"),
    );
}

#[test]
fn a_secret_key_where_a_permission_belongs_is_told_where_it_belongs_itself() {
    assert_one_error(
        r#"api_keys: "sk_live_1""#,
        "this is a secret key, and `api_keys` takes the permission that a caller's key must have, such as `\"mcp:use\"`; \
         the key of this server belongs into `api_key`, and must not stand in the source",
    );
    assert_one_error(
        r#"api_keys: "mcp: use""#,
        "`api_keys` has white space, as no permission has; write the one that a caller's key must have, such as `\"mcp:use\"`",
    );
    assert_one_error(
        r#"api_keys: """#,
        "`api_keys` is empty; leave it out to accept none, or write a value such as `\"mcp:use\"`",
    );
    assert_one_error(
        r#"api_keys: ["mcp:use"]"#,
        "`api_keys` takes a string, such as `\"mcp:use\"`",
    );
    assert!(errors(r#"api_keys: "mcp:use""#).is_empty());
    assert!(errors("api_keys: permission").is_empty());
}

#[test]
fn errors_never_repeat_a_secret() {
    for field in [
        "api_keys",
        "api_key",
        "client_id",
        "client_ids",
        "base_url",
        "scopes",
        "audience",
    ] {
        for error in errors(&format!(r#"{field}: "sk_live_hush""#)) {
            assert!(!error.contains("hush"), "{error}");
        }
    }
}

#[test]
fn literals_of_the_wrong_type_are_told_what_to_write() {
    for (input, expected) in [
        (
            "base_url: 3000",
            "`base_url` takes a string, such as `\"https://mcp.example.com\"`",
        ),
        (
            "bind: -3000",
            "`bind` takes a string, such as `\"127.0.0.1:3000\"`",
        ),
        (
            "docs_url: [\"https://example.com\"]",
            "`docs_url` takes a string, such as `\"https://example.com/docs\"`",
        ),
        (
            "api_key: 1",
            "`api_key` takes a string, such as `std::env::var(\"MY_API_KEY\")?`",
        ),
        (
            "mirror_metadata: \"yes\"",
            "`mirror_metadata` takes `true` or `false`",
        ),
        (
            "scopes: \"openid profile\"",
            "`scopes` takes an array of strings; write `[\"openid\", \"profile\"]`",
        ),
        (
            "scopes: \" \"",
            "`scopes` takes an array of strings; write `[\"openid\", \"profile\", \"email\", \"offline_access\"]`",
        ),
        (
            "client_ids: &[\"client_1\"]",
            "`client_ids` takes the array itself; write it without `&`",
        ),
        (
            "client_ids: (\"client_1\", \"client_2\")",
            "`client_ids` takes an array of strings, such as `[\"client_01HXYZ\"]`",
        ),
        (
            "allowed_hosts: [\"mcp.example.com\", 3000]",
            "`allowed_hosts` takes an array of strings, such as `[\"mcp.example.com\"]`",
        ),
        (
            "audience: \"client_id\"",
            "`audience` takes the word `resource` or the word `client_id`, without quotes; leave it out for `resource`",
        ),
        (
            "limits: 10",
            "`limits` takes a `Limits`; begin with `Limits::default()`, then set what is to differ",
        ),
    ] {
        assert_one_error(input, expected);
    }
}

#[test]
fn empty_literals_are_told_what_they_would_do() {
    for (input, expected) in [
        (
            "scopes: []",
            "`scopes` is empty, which clients take for a request without scopes; name the scopes, or leave it out for the default",
        ),
        (
            "client_ids: []",
            "`client_ids` is empty, so no token would be accepted; name the OAuth clients, or leave it out to accept any",
        ),
        (
            "allowed_hosts: []",
            "`allowed_hosts` is empty, so every request would be refused; name the hosts, or leave it out for the host of `base_url`",
        ),
        (
            "base_url: \"\"",
            "`base_url` is empty; leave it out to read BASE_URL, or write a value such as `\"https://mcp.example.com\"`",
        ),
    ] {
        assert_one_error(input, expected);
    }
}

#[test]
fn a_client_id_begins_with_client() {
    assert_one_error(
        r#"client_id: "01HXYZ""#,
        "`client_id` is not a client id of WorkOS; write the one that begins with `client_`",
    );
}

#[test]
fn literals_from_a_macro_are_seen_in_their_invisible_group() {
    let literal = proc_macro2::Group::new(proc_macro2::Delimiter::None, quote!("mcp"));
    let (errors, _) = split_tokens(quote!(mcp_path: #literal));
    assert_eq!(errors, ["`mcp_path` must begin with `/`; write `/mcp`"]);
}
