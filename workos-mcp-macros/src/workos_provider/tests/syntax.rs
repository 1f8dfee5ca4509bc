//! Fields that are not fields, and input that is not finished.

use super::{assert_one_error, errors, parsed, split};

#[test]
fn an_unknown_field_gets_the_nearest_name_or_all_of_them() {
    for (written, meant) in [
        ("doc_url", "docs_url"),
        ("baseURL", "base_url"),
        ("docsURL", "docs_url"),
        ("apiKey", "api_key"),
        ("client_idz", "client_id"),
        ("authkit_domian", "authkit_domain"),
        ("allowed_origin", "allowed_origins"),
    ] {
        let expected = format!("unknown field `{written}`; did you mean `{meant}`?");
        assert_one_error(&format!("{written}: x"), &expected);
    }
    assert_one_error(
        "colour: red",
        "unknown field `colour`; the fields are `api_key`, `session_key`, `previous_session_key`, `client_id`, `authkit_domain`, `other_authkit_domains`, `base_url`, \
         `docs_url`, `mcp_path`, `local_path`, `api_url`, `audience`, `client_ids`, `machines`, `api_keys`, `scopes`, \
         `allowed_origins`, `allowed_hosts`, `mirror_metadata`, `bind`, `anonymous`, `refusal`, `require`, \
         `tool_rules`, `prompt_rules`, `resource_rules`, `scope_hierarchy`, `limits`",
    );
}

#[test]
fn the_first_of_two_is_kept() {
    let (errors, rest) = split(r#"mcp_path: "/a", mcp_path: "b""#);
    assert_eq!(
        errors,
        ["`mcp_path` is set twice; keep the first or this one"]
    );
    let expected = r#"::workos_mcp::Provider::builder().mcp_path("/a").build()"#;
    assert_eq!(rest, parsed(expected).to_string());
}

#[test]
fn all_problems_are_told_at_once_in_the_order_written() {
    let (errors, rest) = split(
        r#"
        doc_url: "https://example.com",
        base_url: "mcp.example.com",
        mcp_path: "mcp",
        client_ids: [1, "a", true],
        bind,
        docs_url: kept(),
        api_key: "sk_test_1",
        docs_url: "x"
        "#,
    );
    assert_eq!(errors.len(), 8, "{errors:#?}");
    let starts = [
        "unknown field `doc_url`",
        "`base_url` is not",
        "`mcp_path` must",
        "`client_ids` takes",
        "`client_ids` takes",
        "`bind` has no value",
        "a secret key",
        "`docs_url` is set twice",
    ];
    for (error, start) in errors.iter().zip(starts) {
        assert!(error.starts_with(start), "{error} does not start {start}");
    }
    let expected = "::workos_mcp::Provider::builder().docs_url(kept()).build()";
    assert_eq!(rest, parsed(expected).to_string());
}

#[test]
fn half_typed_input_gets_one_readable_error() {
    for (input, expected) in [
        ("base_", "unknown field `base_`; did you mean `base_url`?"),
        ("base_: ", "unknown field `base_`; did you mean `base_url`?"),
        (
            "base_url",
            "`base_url` has no value; write `base_url: base_url` for a variable of that name, or leave it out to read BASE_URL",
        ),
        (
            "base_url:",
            "`base_url` has no value; write one, such as `base_url: \"https://mcp.example.com\"`, or leave it out to read BASE_URL",
        ),
        (
            "base_url:, mcp_path: \"/\"",
            "`base_url` has no value; write one, such as `base_url: \"https://mcp.example.com\"`, or leave it out to read BASE_URL",
        ),
        (
            "base_url: mcp_path: \"/\"",
            "`base_url` has no value; write one, such as `base_url: \"https://mcp.example.com\"`, or leave it out to read BASE_URL",
        ),
        (
            "base_url = \"https://mcp.example.com\"",
            "expected `:` between `base_url` and its value",
        ),
        (
            "base_url \"https://mcp.example.com\"",
            "expected `:` between `base_url` and its value",
        ),
        (
            "base_url::",
            "expected `:` between `base_url` and its value",
        ),
        (
            "base_url: config.",
            "the value of `base_url` is not finished",
        ),
        (
            "base_url: (1 +), mcp_path: \"/\"",
            "unexpected end of input, expected an expression",
        ),
        (
            "mcp_path: \"/\" docs_url: docs",
            "expected `,` between the fields",
        ),
        (
            "mcp_path: \"/\"; docs_url: docs",
            "expected `,` between the fields",
        ),
        (
            ",",
            "expected a field and its value, such as `base_url: \"https://mcp.example.com\"`",
        ),
        (
            "\"mcp_path\": \"/\"",
            "expected a field and its value, such as `base_url: \"https://mcp.example.com\"`",
        ),
        (
            "..base",
            "expected a field and its value, such as `base_url: \"https://mcp.example.com\"`",
        ),
        ("base_url: 1 +", "the value of `base_url` is not finished"),
        (
            "base_url: match x",
            "the value of `base_url` is not finished",
        ),
        (
            "crate =",
            "`crate` says where the library is; write `crate = ::path::to::workos_mcp`",
        ),
        ("crate = ::", "unexpected end of input, expected identifier"),
        (
            "crate: ::auth",
            "`crate` says where the library is; write `crate = ::path::to::workos_mcp`",
        ),
    ] {
        assert_one_error(input, expected);
    }
}

#[test]
fn fields_behind_a_mistake_are_still_read() {
    for input in [
        "base_url, bind: there",
        "base_url:, bind: there",
        "base_url: bind: there",
        "base_url: 1 +, bind: there",
        "base_url: (1 +) bind: there",
        "colour: red bind: there",
        "colour bind: there",
        "base_url = x, bind: there",
        "; bind: there",
        ",, bind: there",
    ] {
        let (errors, rest) = split(input);
        assert!(!errors.is_empty(), "{input}");
        let expected = "::workos_mcp::Provider::builder().bind(there).build()";
        assert_eq!(rest, parsed(expected).to_string(), "{input}");
    }
    assert_eq!(errors("base_url, mcp_path").len(), 2);
    assert_eq!(errors("base_url, colour, mcp_path,").len(), 3);
}

#[test]
fn whatever_is_typed_the_expansion_is_an_expression() {
    let words = [
        "base_url", "crate", ":", "::", "=", ",", ";", "\"x\"", "(1 +)", "#", ".",
    ];
    let mut inputs = vec![String::new()];
    for _ in 0..4 {
        let longer = inputs
            .iter()
            .flat_map(|input| words.iter().map(move |word| format!("{input} {word}")))
            .collect();
        inputs = longer;
        for input in &inputs {
            let expansion = super::super::expand(parsed(input));
            assert!(syn::parse2::<syn::Expr>(expansion).is_ok(), "{input}");
        }
    }
}
