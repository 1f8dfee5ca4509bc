//! Who is let in besides users.

use super::*;
use crate::rule::Rule;

#[test]
fn machines_are_named_and_need_the_client_id_of_the_environment() {
    let config = with(
        builder().machines(["client_01REPORT"]),
        &[("WORKOS_CLIENT_ID", "client_01ENVIRONMENT")],
    );
    assert_eq!(config.unwrap().machines, ["client_01REPORT"]);
    assert!(valid(builder()).machines.is_empty());
    for (machines, expected) in [
        (
            vec!["client_01REPORT"],
            "`client_id` (WORKOS_CLIENT_ID) is missing; the tokens of `machines` are issued for it",
        ),
        (
            vec![],
            "`machines` is empty; name the machine-to-machine applications, or leave it out to accept none",
        ),
    ] {
        let text = problems(builder().machines(machines), &[]);
        assert_eq!(text, format!("the provider cannot start: {expected}"));
    }
    let text = problems(
        builder().machines(["client_01ENVIRONMENT", "report", "sk_live_0123456789abcdef"]),
        &[("WORKOS_CLIENT_ID", "client_01ENVIRONMENT")],
    );
    assert_eq!(
        text,
        "the provider cannot start, 3 problems:\n  \
         - `machines` has the client id of the environment, which is no application; name the machine-to-machine application\n  \
         - `machines` has \"report\", which is not a client id of WorkOS; those begin with client_\n  \
         - `machines` has a secret key of WorkOS, it seems, which is not a client id of WorkOS; those begin with client_"
    );
}

#[test]
fn public_stands_alone() {
    let public = || Rule::public();
    assert!(with(builder().tool_rules([("search", public())]), &[]).is_ok());
    let inside = "has `Rule::public` inside of another rule, which would let in anybody or say nothing; write it alone";
    for rule in [
        Rule::any([public(), Rule::role("admin")]),
        Rule::all([Rule::role("admin"), public()]),
        Rule::any([Rule::all([public(), Rule::role("admin")])]),
    ] {
        let text = problems(builder().tool_rules([("search", rule)]), &[]);
        assert_eq!(
            text,
            format!("the provider cannot start: `tool_rules` {inside}")
        );
    }
    let text = problems(builder().require(public()), &[]);
    assert_eq!(
        text,
        "the provider cannot start: `require` is `Rule::public`, which says nothing of who signs in; leave it out"
    );
}
