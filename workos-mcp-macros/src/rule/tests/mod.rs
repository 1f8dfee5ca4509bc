//! The grammar of rules, half-typed ones among them.

mod instead;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use super::Rule;
use crate::{diagnostics::Diagnostics, requires_session};

fn tokens(source: &str) -> TokenStream {
    source.parse().unwrap()
}

/// What is told about arguments.
fn errors(arguments: &str) -> Vec<String> {
    let mut problems = Diagnostics::default();
    Rule::read(tokens(arguments), &mut problems);
    let errors: syn::File = syn::parse2(problems.beside(&TokenStream::new())).unwrap();
    let errors = errors.items.into_iter().map(|item| match item {
        syn::Item::Macro(error) => error.mac.parse_body::<syn::LitStr>().unwrap().value(),
        _ => panic!("{arguments}: not an error"),
    });
    errors.collect()
}

/// The rule that is carried to the server, without the paths.
fn rule_of(arguments: &str) -> String {
    let item = tokens("#[tool] fn f() -> Answer { body() }");
    let expanded = requires_session::expand(tokens(arguments), &item).to_string();
    let unspaced = expanded.replace(' ', "");
    let carried = unspaced
        .strip_prefix("#[tool(meta=::workos_mcp::__private::only_rule(&[")
        .unwrap_or_else(|| panic!("{arguments}: {expanded}"));
    let (rule, rest) = carried.split_once("]))]fnf()").unwrap();
    assert!(
        rest.contains(&format!("guard_now(&[{rule}])")),
        "{arguments}: {expanded}"
    );
    rule.replace("::workos_mcp::__private::", "")
}

#[test]
fn each_argument_is_a_need() {
    for (arguments, rule) in [
        ("organization", "Need::Organization"),
        (
            r#"organization = "org_1""#,
            r#"Need::Organizations(Names::Listed(&["org_1"]))"#,
        ),
        (
            r#"organizations("org_1", names::GLOBEX)"#,
            r#"Need::Organizations(Names::Listed(&["org_1",names::GLOBEX]))"#,
        ),
        ("role = ADMIN", "Need::Roles(Names::Listed(&[ADMIN]))"),
        (
            r#"roles("a", names::B, Self::C)"#,
            r#"Need::Roles(Names::Listed(&["a",names::B,Self::C]))"#,
        ),
        (
            r#"permission = "x:y""#,
            r#"Need::Permissions(Names::Listed(&["x:y"]))"#,
        ),
        (
            r#"permissions("x:y", "z:w",)"#,
            r#"Need::Permissions(Names::Listed(&["x:y","z:w"]))"#,
        ),
        (r#"scope = "x""#, r#"Need::Scopes(Names::Listed(&["x"]))"#),
        (
            r#"scopes("x", "y")"#,
            r#"Need::Scopes(Names::Listed(&["x","y"]))"#,
        ),
        (
            r#"feature_flag = "beta""#,
            r#"Need::FeatureFlags(Names::Listed(&["beta"]))"#,
        ),
        (
            r#"feature_flags("a", "b")"#,
            r#"Need::FeatureFlags(Names::Listed(&["a","b"]))"#,
        ),
        (
            r#"organization, role = "a", scope = "x","#,
            r#"Need::Organization,Need::Roles(Names::Listed(&["a"])),Need::Scopes(Names::Listed(&["x"]))"#,
        ),
    ] {
        assert_eq!(rule_of(arguments), rule);
    }
}

#[test]
fn rules_nest_and_repeat_where_that_means_one_thing() {
    for (arguments, rule) in [
        (
            r#"any(role = "a", role = "b", scopes("x", "y"))"#,
            r#"Need::Any(Needs::Listed(&[Need::Roles(Names::Listed(&["a"])),Need::Roles(Names::Listed(&["b"])),Need::Scopes(Names::Listed(&["x","y"]))]))"#,
        ),
        (
            r#"all(role = "a", role = "b")"#,
            r#"Need::All(Needs::Listed(&[Need::Roles(Names::Listed(&["a"])),Need::Roles(Names::Listed(&["b"]))]))"#,
        ),
        (
            r#"any(organization = "org_1", organization = "org_2")"#,
            r#"Need::Any(Needs::Listed(&[Need::Organizations(Names::Listed(&["org_1"])),Need::Organizations(Names::Listed(&["org_2"]))]))"#,
        ),
        (
            r#"any(role = "a", all(organization, permission = "x")), any(scope = "x", scope = "y")"#,
            r#"Need::Any(Needs::Listed(&[Need::Roles(Names::Listed(&["a"])),Need::All(Needs::Listed(&[Need::Organization,Need::Permissions(Names::Listed(&["x"]))]))])),Need::Any(Needs::Listed(&[Need::Scopes(Names::Listed(&["x"])),Need::Scopes(Names::Listed(&["y"]))]))"#,
        ),
    ] {
        assert_eq!(rule_of(arguments), rule);
    }
}

#[test]
fn a_kind_that_stands_beside_itself_says_how_several_are_written() {
    for (one, several) in [
        ("permission", "permissions"),
        ("scope", "scopes"),
        ("feature_flag", "feature_flags"),
    ] {
        assert_eq!(
            errors(&format!(r#"{one} = "a", organization, {one} = names::B"#)),
            [format!(
                r#"a second `{one}`; write all of them in one `{several}("a", names::B)`"#
            )]
        );
        assert_eq!(
            errors(&format!(r#"{several}("a", "b"), {one} = "c""#)),
            [format!(
                r#"`{one}` beside `{several}`; write all of them in one `{several}("a", "b", "c")`"#
            )]
        );
        assert_eq!(
            errors(&format!(r#"{several}("a", "b"), {several}("b", "c")"#)),
            [format!(
                r#"a second `{several}`; write all of them in one `{several}("a", "b", "c")`"#
            )]
        );
    }
    assert_eq!(
        errors(r#"role = "a", roles("b", "c")"#),
        [
            r#"`roles` beside `role`; write `roles("a", "b", "c")` if one of them is enough, or `all(role = "a", roles("b", "c"))` if both are needed"#
        ]
    );
}

#[test]
fn what_is_written_twice_is_told_at_every_level() {
    for (arguments, twice) in [
        (r#"role = "a", role = "a""#, r#"role = "a""#),
        (r#"all(scope = "a", scope = "a")"#, r#"scope = "a""#),
        ("any(role = A, organization, role = A)", "role = A"),
        (
            r#"any(scope = "a", role = "b"), any(scope = "a", role = "b")"#,
            r#"any(scope = "a", role = "b")"#,
        ),
        ("organization, organization", "organization"),
        // A list of one is another spelling of one.
        (r#"roles("a"), role = "a""#, r#"role = "a""#),
    ] {
        assert_eq!(
            errors(arguments),
            [format!("`{twice}` stands here twice; write it once")],
            "{arguments}"
        );
    }
    for list in [
        r#"roles("a", "b", "a")"#,
        r#"any(organization, scopes("a", "a"))"#,
    ] {
        assert_eq!(errors(list), [r#"`"a"` is in the list already"#], "{list}");
    }
}

#[test]
fn each_mistake_is_told_once_whatever_stands_around_it() {
    assert_eq!(
        errors(
            r#"rol = "a", any(role = 7, scope = "x y", all(scop = "x", organization = "acme")), roles(), feature_flags = "b""#
        ),
        [
            "unknown argument `rol`; did you mean `role`?",
            "write a string literal, or a constant of the type `&str`",
            r#"a name has no spaces; several scopes are written `scopes("x", "y")`, where all of them are needed"#,
            "unknown argument `scop`; did you mean `scope`?",
            "an organization id begins with `org_`; write `organization` alone for any",
            r#"name the roles in it, such as `roles("admin", "editor")`"#,
            r#"write `feature_flag = "b"` for one feature flag, or `feature_flags("new-reports", "exports")` where all of them are needed"#,
        ]
    );
}

#[test]
fn the_characters_of_a_name_are_checked_wherever_it_stands() {
    for place in [
        "scope = NAME",
        "scopes(\"x\", NAME)",
        "any(role = \"x\", all(organization, scope = NAME))",
    ] {
        for (name, error) in [
            (
                r#""""#,
                r#"an empty name; write one, such as "reports:export""#,
            ),
            (
                r#"" ""#,
                r#"an empty name; write one, such as "reports:export""#,
            ),
            (r#"" y""#, r#"a name has no spaces; write "y""#),
            (
                r#""a\"b""#,
                "a scope is printable ASCII without quotes and backslashes",
            ),
            (
                r#""a\\b""#,
                "a scope is printable ASCII without quotes and backslashes",
            ),
            (
                r#""ä""#,
                "a scope is printable ASCII without quotes and backslashes",
            ),
            (
                "b\"x\"",
                "write a string literal, or a constant of the type `&str`",
            ),
            (
                "concat!(\"x\")",
                "write a string literal, or a constant of the type `&str`",
            ),
        ] {
            assert_eq!(
                errors(&place.replace("NAME", name)),
                [error],
                "{place} {name}"
            );
        }
        for name in [
            "\"a:b/c.d\"",
            "r\"raw\"",
            "NAMES",
            "Self::A",
            "crate::names::A",
        ] {
            assert!(
                errors(&place.replace("NAME", name)).is_empty(),
                "{place} {name}"
            );
        }
    }
    // WorkOS names roles and flags; what a scope may hold is for scopes only.
    assert!(errors(r#"role = "ä""#).is_empty());
}

#[test]
fn what_a_macro_passes_on_counts_as_what_it_holds() {
    let grouped: TokenStream =
        TokenTree::from(Group::new(Delimiter::None, tokens("\"a b\""))).into();
    for arguments in [
        quote!(role = #grouped),
        quote!(roles("c", #grouped)),
        quote!(any(organization, role = #grouped)),
    ] {
        let item = tokens("async fn f() -> Answer { body() }");
        let expanded = requires_session::expand(arguments, &item).to_string();
        assert!(expanded.contains("a name has no spaces"), "{expanded}");
    }
}

#[test]
fn half_typed_arguments_give_one_error_and_keep_the_function() {
    for arguments in [
        "role =",
        "role = ,",
        "=",
        "rol",
        "role = \"admin\" scope",
        "role = &",
        "role = names::",
        "role:",
        "role = \"admin\", scope = ",
        "crate",
        "crate =",
        "crate = ::",
        "organization =",
        "organization(",
        "roles",
        "roles =",
        "roles()",
        "roles(,)",
        "roles(\"a\",,)",
        "roles(\"a\" \"b\")",
        "roles(\"a\", names::)",
        "roles(\"a\", names::, \"b\")",
        "any",
        "any()",
        "any(,)",
        "any(role = \"a\", role = )",
        "any(role = \"a\", rol)",
        "any(role = \"a\", all(scope = \"x\", permission))",
        "any(role = \"a\", all(",
        ",",
    ] {
        // An editor closes what is not closed before it asks for an expansion.
        let open = arguments.matches('(').count() - arguments.matches(')').count();
        let closed = format!("{arguments}{}", ")".repeat(open));
        for item in [
            "fn f() -> Answer { body() }",
            "#[tool] async fn f(&self, session: Session) -> Answer { body() }",
        ] {
            let expanded = requires_session::expand(tokens(&closed), &tokens(item)).to_string();
            assert_eq!(
                expanded.matches("compile_error").count(),
                1,
                "{arguments}: {expanded}"
            );
            assert!(
                expanded.contains("fn f (") && expanded.contains("body ()"),
                "{arguments}: {expanded}"
            );
        }
    }
}
