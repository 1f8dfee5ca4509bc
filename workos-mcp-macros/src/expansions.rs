//! What the attributes make of functions, half-typed ones among them.

use proc_macro2::TokenStream;

use crate::{public, requires_session, workos_user};

type Expand = fn(TokenStream, &TokenStream) -> TokenStream;

fn tokens(source: &str) -> TokenStream {
    source.parse().unwrap()
}

fn expands(expand: Expand, arguments: &str, item: &str, expected: &str) {
    // How tokens are spaced depends on where they came from.
    let unspaced = |tokens: TokenStream| tokens.to_string().replace(' ', "");
    let expanded = expand(tokens(arguments), &tokens(item));
    assert_eq!(unspaced(expanded), unspaced(tokens(expected)));
}

#[test]
fn a_guard_is_a_match_before_the_body() {
    expands(
        requires_session::expand,
        r#"role = "admin""#,
        r#"
        /// Docs.
        #[tool(name = "x")]
        pub(crate) async fn f<T>(&self, a: T, session: Session) -> Result<String, Error> where T: Send {
            body(a)
        }"#,
        r#"
        /// Docs.
        #[tool(name = "x", meta = ::workos_mcp::__private::only_rule(&[::workos_mcp::__private::Need::Roles(::workos_mcp::__private::Names::Listed(&["admin"]))]))]
        pub(crate) async fn f<T>(&self, a: T) -> Result<String, Error> where T: Send {
            let guarded = match ::workos_mcp::__private::guard(&[::workos_mcp::__private::Need::Roles(::workos_mcp::__private::Names::Listed(&["admin"]))]).await {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => return <Result<String, Error> as ::workos_mcp::Refusal>::refuse(error),
            };
            let session: Session = guarded;
            body(a)
        }"#,
    );
}

#[test]
fn without_a_parameter_the_guard_only_refuses() {
    expands(
        requires_session::expand,
        "crate = ::other, organization",
        "fn f() -> Answer { body() }",
        "fn f() -> Answer {
            if let ::core::result::Result::Err(error) =
                ::other::__private::guard_now(&[::other::__private::Need::Organization])
            {
                return <Answer as ::other::Refusal>::refuse(error);
            }
            body()
        }",
    );
}

#[test]
fn an_optional_session_is_bound_without_a_guard() {
    expands(
        requires_session::expand,
        "",
        "#[tool] async fn f(session: Option<Session>) -> Answer { body() }",
        "#[tool] async fn f() -> Answer {
            let guarded = match ::workos_mcp::__private::optional_session() {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => return <Answer as ::workos_mcp::Refusal>::refuse(error),
            };
            let session: Option<Session> = guarded;
            body()
        }",
    );
}

#[test]
fn the_return_type_is_left_to_inference_where_it_cannot_be_named() {
    expands(
        requires_session::expand,
        "",
        "fn f() -> Result<impl Display, Error> { body() }",
        "fn f() -> Result<impl Display, Error> {
            if let ::core::result::Result::Err(error) = ::workos_mcp::__private::guard_now(&[]) {
                return ::workos_mcp::Refusal::refuse(error);
            }
            body()
        }",
    );
}

#[test]
fn a_user_is_loaded_after_the_guard() {
    expands(
        workos_user::expand,
        "",
        "#[tool(meta = mine())] async fn f(&self, user: User) -> Answer { body() }",
        "#[tool(meta = mine())] async fn f(&self) -> Answer {
            if let ::core::result::Result::Err(error) = ::workos_mcp::__private::guard_now(&[]) {
                return <Answer as ::workos_mcp::Refusal>::refuse(error);
            }
            let guarded = match ::workos_mcp::user().await {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => return <Answer as ::workos_mcp::Refusal>::refuse(error),
            };
            let user: User = guarded;
            body()
        }",
    );
}

#[test]
fn a_user_parameter_waits_for_the_attribute_that_binds_it() {
    expands(
        requires_session::expand,
        "",
        "#[workos_user] async fn f(session: Session, user: User) -> Answer { body() }",
        "#[workos_user] async fn f(user: User) -> Answer {
            let guarded = match ::workos_mcp::__private::guard_now(&[]) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => return <Answer as ::workos_mcp::Refusal>::refuse(error),
            };
            let session: Session = guarded;
            body()
        }",
    );
}

#[test]
fn a_principal_is_bound_by_a_guard_for_any_kind_of_caller() {
    expands(
        requires_session::expand,
        r#"scope = "x""#,
        "async fn f(caller: Principal) -> Answer { body() }",
        r#"async fn f() -> Answer {
            let guarded = match ::workos_mcp::__private::guard_principal_now(&[
                ::workos_mcp::__private::Need::Scopes(::workos_mcp::__private::Names::Listed(&["x"]))
            ]) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => return <Answer as ::workos_mcp::Refusal>::refuse(error),
            };
            let caller: Principal = guarded;
            body()
        }"#,
    );
}

#[test]
fn an_optional_principal_is_bound_without_a_guard() {
    expands(
        requires_session::expand,
        "",
        "#[tool] async fn f(caller: Option<Principal>) -> Answer { body() }",
        "#[tool] async fn f() -> Answer {
            let guarded = match ::workos_mcp::__private::optional_principal() {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => return <Answer as ::workos_mcp::Refusal>::refuse(error),
            };
            let caller: Option<Principal> = guarded;
            body()
        }",
    );
}

/// The upper guard leaves the parameter to the lower one, and knows by it that any kind of caller will do.
#[test]
fn stacked_guards_with_one_principal_both_hold_and_ask_for_no_user() {
    let function =
        "#[requires_session(role = \"b\")] async fn f(caller: Principal) -> Answer { body() }";
    let upper = requires_session::expand(tokens("organization"), &tokens(function));
    expands(
        |_, item| item.clone(),
        "",
        &upper.to_string(),
        r#"#[requires_session(role = "b")] async fn f(caller: Principal) -> Answer {
            if let ::core::result::Result::Err(error) =
                ::workos_mcp::__private::guard_principal_now(&[::workos_mcp::__private::Need::Organization])
            {
                return <Answer as ::workos_mcp::Refusal>::refuse(error);
            }
            body()
        }"#,
    );
    // The compiler expands the lower one next, of what is left.
    let left = upper.to_string();
    let left = left
        .strip_prefix("# [requires_session (role = \"b\")]")
        .unwrap();
    expands(
        requires_session::expand,
        r#"role = "b""#,
        left,
        r#"async fn f() -> Answer {
            let guarded = match ::workos_mcp::__private::guard_principal(&[
                ::workos_mcp::__private::Need::Roles(::workos_mcp::__private::Names::Listed(&["b"]))
            ]).await {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => return <Answer as ::workos_mcp::Refusal>::refuse(error),
            };
            let caller: Principal = guarded;
            if let ::core::result::Result::Err(error) =
                ::workos_mcp::__private::guard_principal_now(&[::workos_mcp::__private::Need::Organization])
            {
                return <Answer as ::workos_mcp::Refusal>::refuse(error);
            }
            body()
        }"#,
    );
}

#[test]
fn a_body_that_does_not_parse_stays_for_rustc_to_judge() {
    let expanded = requires_session::expand(
        TokenStream::new(),
        &tokens("async fn f(session: Session) -> Answer { let x = session. }"),
    );
    let expanded = expanded.to_string();
    assert!(expanded.ends_with("let x = session . }"), "{expanded}");
    assert!(!expanded.contains("compile_error"), "{expanded}");
}

#[test]
fn half_typed_functions_keep_what_is_there_beside_one_error() {
    for item in [
        "async fn f(session: Session) ->",
        "async fn f(session:",
        "async fn",
        "fn f(&self)",
        "pub",
        "#[tool] async fn f(&self, session: Session) -> Result<String {}",
        "",
    ] {
        // Not every prefix of a function is a token stream.
        let Ok(item) = item.parse::<TokenStream>() else {
            continue;
        };
        for expand in [
            requires_session::expand as Expand,
            workos_user::expand,
            public::expand,
        ] {
            let expanded = expand(TokenStream::new(), &item).to_string();
            assert_eq!(
                expanded.matches("compile_error").count(),
                1,
                "{item}: {expanded}"
            );
            assert!(expanded.ends_with(&item.to_string()), "{item}: {expanded}");
        }
    }
}

#[test]
fn only_an_asynchronous_function_asks_and_only_about_what_a_token_need_not_say() {
    for (arguments, item, asks) in [
        (r#"role = "a""#, "async fn f() -> Answer {}", true),
        (r#"permission = "a""#, "async fn f() -> Answer {}", true),
        (r#"feature_flag = "a""#, "async fn f() -> Answer {}", true),
        (
            r#"any(scope = "x", all(organization, roles("a", "b")))"#,
            "async fn f() -> Answer {}",
            true,
        ),
        ("", "async fn f() -> Answer {}", false),
        (
            r#"any(scope = "x", organization)"#,
            "async fn f() -> Answer {}",
            false,
        ),
        (r#"scope = "x""#, "fn f() -> Answer {}", false),
        (r#"role = "a""#, "#[tool] fn f() -> Answer {}", false),
        (
            r#"role = "a""#,
            "#[rmcp::prompt] fn f() -> Answer {}",
            false,
        ),
    ] {
        let expanded = requires_session::expand(tokens(arguments), &tokens(item)).to_string();
        assert!(
            !expanded.contains("compile_error"),
            "{arguments}: {expanded}"
        );
        let expanded = expanded.replace(' ', "");
        assert_eq!(
            expanded.contains("::__private::guard("),
            asks,
            "{arguments}: {expanded}"
        );
        assert_eq!(expanded.contains(".await"), asks, "{arguments}: {expanded}");
        assert_ne!(
            expanded.contains("::__private::guard_now("),
            asks,
            "{arguments}: {expanded}"
        );
    }
}

#[test]
fn a_synchronous_function_whose_rule_is_asked_keeps_its_body_beside_one_error() {
    let item = tokens("fn f(session: Session) -> Answer { body() }");
    for arguments in [
        r#"role = "a""#,
        r#"any(scope = "x", permissions("a", "b"))"#,
        r#"feature_flag = "a""#,
    ] {
        let expanded = requires_session::expand(tokens(arguments), &item).to_string();
        assert_eq!(expanded.matches("compile_error").count(), 1, "{expanded}");
        assert!(expanded.contains("must be `async`"), "{expanded}");
        assert!(expanded.contains("body ()"), "{expanded}");
    }
}

#[test]
fn public_marks_a_tool_and_binds_the_caller_if_there_is_one() {
    expands(
        public::expand,
        "",
        "#[tool] async fn f(&self, caller: Option<Principal>) -> Answer { body(caller) }",
        "#[tool(meta = ::workos_mcp::__private::only_rule(&[::workos_mcp::__private::Need::Public]))]
        async fn f(&self) -> Answer {
            let guarded = match ::workos_mcp::__private::optional_principal() {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => return <Answer as ::workos_mcp::Refusal>::refuse(error),
            };
            let caller: Option<Principal> = guarded;
            body(caller)
        }",
    );
    expands(
        public::expand,
        "crate = ::other",
        "#[prompt(meta = of())] fn f(&self) -> Answer { body() }",
        "#[prompt(meta = ::other::__private::with_rule(of(), &[::other::__private::Need::Public]))]
        fn f(&self) -> Answer { body() }",
    );
}

#[test]
fn public_has_one_error_of_its_own_for_each_mistake() {
    for (item, told) in [
        (
            "#[tool] async fn f(user: Option<User>) -> Answer { body() }",
            "`#[public]` loads no user",
        ),
        (
            "#[tool] async fn f(user: User) -> Answer { body() }",
            "take `Option<Session>`, and ask",
        ),
        (
            "#[tool] async fn f(caller: Principal) -> Answer { body() }",
            "take `Option<Principal>`",
        ),
        (
            "async fn f(session: Session) -> Answer { body() }",
            "`#[public]` opens a tool or a prompt",
        ),
        (
            "#[requires_session] #[tool] async fn f(session: Session) -> Answer { body() }",
            "`#[public]` lets everybody in",
        ),
        (
            "#[workos_user] #[tool] async fn f(user: Option<User>) -> Answer { body() }",
            "`#[public]` lets everybody in",
        ),
        ("struct Library;", "`#[public]` opens a tool or a prompt"),
        ("|| body()", "`#[public]` opens a tool or a prompt"),
    ] {
        let expanded = public::expand(TokenStream::new(), &tokens(item)).to_string();
        assert_eq!(
            expanded.matches("compile_error").count(),
            1,
            "{item}: {expanded}"
        );
        assert!(expanded.contains(told), "{item}: {expanded}");
        assert!(!expanded.contains("guard"), "{item}: {expanded}");
    }
}

#[test]
fn an_optional_user_is_one_mistake_and_told_by_the_attribute_that_binds_users() {
    let item = "#[workos_user] async fn f(user: Option<User>) -> Answer { body() }";
    let upper = requires_session::expand(TokenStream::new(), &tokens(item)).to_string();
    assert!(!upper.contains("compile_error"), "{upper}");
    assert!(upper.contains("user : Option < User >"), "{upper}");

    let item = tokens("async fn f(user: Option<User>) -> Answer { body() }");
    for expand in [requires_session::expand as Expand, workos_user::expand] {
        let expanded = expand(TokenStream::new(), &item).to_string();
        assert_eq!(expanded.matches("compile_error").count(), 1, "{expanded}");
        assert!(expanded.contains("take `User`"), "{expanded}");
    }
}
