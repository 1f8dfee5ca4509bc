//! What the messages say to write instead.

use super::errors;

#[test]
fn organizations_are_checked_as_other_lists_and_as_one() {
    let either = r#"a session has one organization; write `organizations("org_a", "org_b", "org_c")` for one of them"#;
    for (arguments, error) in [
        (
            r#"organizations("org_a", "globex")"#,
            "an organization id begins with `org_`; write `organization` alone for any",
        ),
        (
            r#"organizations("org_a org_b")"#,
            r#"a name has no spaces; several organizations are written `organizations("org_a", "org_b")`, where one of them is enough"#,
        ),
        (
            r#"organizations("org_a", "org_a")"#,
            r#"`"org_a"` is in the list already"#,
        ),
        (
            "organizations()",
            r#"name the organizations in it, such as `organizations("org_a", "org_b")`"#,
        ),
        (
            r#"organizations = "org_a""#,
            r#"write `organization = "org_a"` for one organization, or `organizations("org_a", "org_b")` where one of them is enough"#,
        ),
        (
            r#"organization("org_a", "org_b")"#,
            r#"several organizations are written `organizations("org_a", "org_b")`, where one of them is enough"#,
        ),
        (
            r#"organization = """#,
            r#"an empty name; write one, such as "org_…""#,
        ),
        (
            r#"organizations("org_a", "org_b"), organization = "org_c""#,
            either,
        ),
        (
            r#"any(scope = "x", all(organization = "org_a", organizations("org_b", "org_c")))"#,
            either,
        ),
        (
            r#"organizations("org_a", "org_b"), organization"#,
            r#"`organization` beside `organizations`; write `organizations("org_a", "org_b")` alone"#,
        ),
    ] {
        assert_eq!(errors(arguments), [error], "{arguments}");
    }
    // Either of two lists is one list, and means what it says.
    assert!(errors(r#"any(organizations("org_a", "org_b"), organization = "org_c")"#).is_empty());
}

#[test]
fn operators_say_how_rules_are_joined() {
    for (arguments, error) in [
        (
            r#"role = "a" || role = "b" || role = C"#,
            r#"alternatives are written `roles("a", "b", C)`, or `any(role = "a", role = "b", role = C)`"#,
        ),
        (
            r#"role = "a" | "b""#,
            r#"alternatives are written `roles("a", "b")`, or `any(role = "a", role = "b")`"#,
        ),
        (
            r#"roles("a" || "b")"#,
            r#"alternatives are written `roles("a", "b")`, or `any(role = "a", role = "b")`"#,
        ),
        (
            r#"organization = "org_a" || organization = "org_b""#,
            r#"alternatives are written `organizations("org_a", "org_b")`, or `any(organization = "org_a", organization = "org_b")`"#,
        ),
        // The list of permissions would ask for both.
        (
            r#"permission = "a" || permission = "b""#,
            r#"alternatives are written `any(permission = "a", permission = "b")`"#,
        ),
        (
            r#"permission = "a" && permission = "b""#,
            r#"several permissions are written `permissions("a", "b")`, where all of them are needed"#,
        ),
        (
            r#"role = "a" & "b""#,
            r#"rules that must all hold are written `all(role = "a", role = "b")`"#,
        ),
        (
            r#"role = "a" && scope = "b""#,
            r#"rules that must all hold are written `all(role = "a", scope = "b")`"#,
        ),
        (
            r#"organization = "org_a" && organization = "org_b""#,
            r#"several organizations are written `organizations("org_a", "org_b")`, where one of them is enough"#,
        ),
        // What cannot be repeated is not.
        (
            r#"role = "a" || role = "b c""#,
            "write a string literal, or a constant of the type `&str`",
        ),
        (
            r#"role = "a" || "b" && "c""#,
            r#"several roles are written `roles("admin", "editor")`, where one of them is enough"#,
        ),
        (
            r#"role = "a" + "b""#,
            r#"several roles are written `roles("admin", "editor")`, where one of them is enough"#,
        ),
        (
            r#"organization || role = "a""#,
            "alternatives are written `any(…, …)`",
        ),
        (
            r#"roles("a", "b") | scope = "x""#,
            "alternatives are written `any(…, …)`",
        ),
        (
            r#"any(organization, scope = "x") && role = "a""#,
            "rules that must all hold are written with a comma between them",
        ),
    ] {
        assert_eq!(errors(arguments), [error], "{arguments}");
    }
}

#[test]
fn names_in_the_place_of_rules_say_what_a_rule_is() {
    for (arguments, error) in [
        (
            r#"any("a", "b")"#,
            r#"rules stand inside `any(…)`; write `any(role = "a", role = "b")`, or `roles("a", "b")` for short"#,
        ),
        (
            "any(ADMIN, names::OWNER,)",
            "rules stand inside `any(…)`; write `any(role = ADMIN, role = names::OWNER)`, or `roles(ADMIN, names::OWNER)` for short",
        ),
        (
            r#"any("org_a", "org_b")"#,
            r#"rules stand inside `any(…)`; write `any(organization = "org_a", organization = "org_b")`, or `organizations("org_a", "org_b")` for short"#,
        ),
        (
            r#"any(organization, all("a", "b"))"#,
            r#"rules stand inside `all(…)`; write `all(permission = "a", permission = "b")`, or `permissions("a", "b")` for short"#,
        ),
        (
            r#"any("a")"#,
            r#"rules stand inside `any(…)`, at least two of them; write `role = "a"` for one"#,
        ),
        (
            r#"any("a b", "c")"#,
            r#"rules stand inside `any(…)`; write `any(role = "admin", role = "editor")`, or `roles("admin", "editor")` for short"#,
        ),
        (
            r#"any("a", role = "b")"#,
            "expected an argument, such as `role = \"admin\"`",
        ),
    ] {
        assert_eq!(errors(arguments), [error], "{arguments}");
    }
    // Words that are misspelled are no names.
    assert_eq!(
        errors("any(organisation, rol)"),
        [
            "unknown argument `organisation`; did you mean `organization`?",
            "unknown argument `rol`; did you mean `role`?"
        ]
    );
}
