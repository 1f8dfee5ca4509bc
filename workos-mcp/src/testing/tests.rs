use std::time::{Duration, SystemTime};

use serde::Deserialize;

use super::*;
use crate::{
    __private::{optional_principal, optional_session},
    Error, ErrorKind, Rule, authority, client, principal, session as current_session, spawn, user,
};

// Attacks: 28.
#[test]
fn debug_shows_nothing_of_who_is_made_up() {
    let user = session("user_01ADA")
        .organization("org_01ACME")
        .role("admin")
        .claim("email", "ada@example.com");
    let machine = machine("client_01NIGHTLY")
        .organization("org_01ACME")
        .permissions(["admin"])
        .claim("email", "ada@example.com");
    let key = api_key("api_key_01CI")
        .name("ada@example.com")
        .organization("org_01ACME")
        .user("user_01ADA")
        .permissions(["admin"]);
    let shown = [
        format!("{user:?} {:?}", user.clone().build()),
        format!("{machine:?} {:?}", machine.clone().build()),
        format!("{key:?} {:?}", key.clone().build()),
    ];
    for shown in shown {
        for word in [
            "_01ADA",
            "_01NIGHTLY",
            "_01CI",
            "org_01ACME",
            "admin",
            "ada@example.com",
        ] {
            assert!(!shown.contains(word), "{shown}");
        }
    }
}

#[test]
fn a_machine_says_what_its_token_would() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Claims {
        sub: String,
        client_id: String,
        org_id: String,
        scope: String,
        permissions: Vec<String>,
        sid: Option<String>,
        exp: u64,
        plan: String,
    }
    let issued_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let machine = machine("client_01NIGHTLY")
        .organization("org_01ACME")
        .scopes(["reports", "mail"])
        .permissions(["reports:read"])
        .issued_at(issued_at)
        .lifetime(Duration::from_secs(60))
        .claim("plan", "team")
        .build();
    assert_eq!(machine.client_id(), "client_01NIGHTLY");
    assert_eq!(machine.organization_id(), Some("org_01ACME"));
    assert_eq!(machine.scopes().collect::<Vec<_>>(), ["reports", "mail"]);
    assert_eq!(machine.issued_at(), issued_at);
    assert_eq!(machine.expires_at(), issued_at + Duration::from_secs(60));
    assert_eq!(
        machine.claims::<Claims>().unwrap(),
        Claims {
            sub: "client_01NIGHTLY".to_owned(),
            client_id: "client_01NIGHTLY".to_owned(),
            org_id: "org_01ACME".to_owned(),
            scope: "reports mail".to_owned(),
            permissions: vec!["reports:read".to_owned()],
            sid: None,
            exp: 1_800_000_060,
            plan: "team".to_owned(),
        }
    );
}

#[test]
fn an_api_key_says_what_workos_would() {
    let key = api_key("api_key_01CI")
        .name("CI")
        .organization("org_01ACME")
        .user("user_01ADA")
        .permissions(["mcp:use", "reports:read"])
        .build();
    assert_eq!((key.id(), key.name()), ("api_key_01CI", "CI"));
    assert_eq!(key.organization_id(), Some("org_01ACME"));
    assert_eq!(key.user_id(), Some("user_01ADA"));
    assert_eq!(
        key.permissions().collect::<Vec<_>>(),
        ["mcp:use", "reports:read"]
    );
    assert_eq!(api_key("api_key_01CI").build().user_id(), None);
}

/// Who always belongs to an organization does so here too, and identity is that of the live ones.
#[test]
fn who_says_nothing_of_an_organization_is_in_one_unless_a_user() {
    let machine = Principal::from(machine("client_01NIGHTLY").build());
    let key = Principal::from(api_key("api_key_01CI").build());
    let user = Principal::from(session("user_01ADA").build());
    assert_eq!(machine.organization_id(), Some("org_01TESTING"));
    assert_eq!(key.organization_id(), Some("org_01TESTING"));
    assert_eq!(user.organization_id(), None);
    assert_eq!(key.issuer(), "https://api.workos.com");
    let kinds = [&machine, &key, &user].map(Principal::kind);
    assert_eq!(kinds, ["machine", "api_key", "user"]);
    assert_eq!(key, api_key("api_key_01CI").name("other").build().into());
    assert_ne!(
        key,
        api_key("api_key_01CI").organization("org_2").build().into()
    );
}

#[tokio::test]
async fn each_kind_of_caller_is_judged_by_what_it_states_alone() {
    let callers = || {
        [
            Principal::from(
                session("user_01ADA")
                    .permissions(["p"])
                    .scopes(["s"])
                    .build(),
            ),
            machine("client_01A")
                .permissions(["p"])
                .scopes(["s"])
                .feature_flags(["f"])
                .build()
                .into(),
            api_key("api_key_01A").permissions(["p"]).build().into(),
        ]
    };
    let meets = |caller: Principal, rule: Rule| {
        with_principal(caller, async move { principal()?.check(&rule).await })
    };
    for (rule, expected) in [
        (Rule::permission("p"), [true, true, true]),
        (Rule::permission("q"), [false, false, false]),
        (Rule::scope("s"), [true, true, false]),
        (Rule::role("r"), [false, false, false]),
        (Rule::feature_flag("f"), [false, true, false]),
        (Rule::organization(), [false, true, true]),
    ] {
        for (caller, expected) in callers().into_iter().zip(expected) {
            let met = meets(caller.clone(), rule.clone()).await;
            assert_eq!(met.is_ok(), expected, "{caller:?} {rule:?} {met:?}");
        }
    }
    // Who can be granted a scope is told so, and who cannot is not sent to ask for one.
    let [_, machine, key] = callers();
    let kind = |met: Result<(), Error>| met.unwrap_err().kind();
    assert_eq!(
        kind(meets(machine, Rule::scope("t")).await),
        ErrorKind::InsufficientScope
    );
    assert_eq!(
        kind(meets(key, Rule::scope("t")).await),
        ErrorKind::Forbidden
    );
}

#[tokio::test]
async fn a_program_is_near_as_principal_and_never_as_a_session() {
    let caller = Principal::from(api_key("api_key_01CI").permissions(["p"]).build());
    with_principal(caller.clone(), async {
        assert_eq!(principal().unwrap(), caller);
        assert_eq!(optional_principal().unwrap(), Some(caller.clone()));
        assert_eq!(current_session().unwrap_err().kind(), ErrorKind::NotAUser);
        assert_eq!(optional_session().unwrap(), None);
        assert_eq!(user().await.unwrap_err().kind(), ErrorKind::NotAUser);
        assert!(client().is_err_and(|error| error.kind() == ErrorKind::NotConfigured));
        assert!(authority().await.unwrap().has_permission("p"));
        let spawned = spawn(async { principal() }).await.unwrap();
        assert_eq!(spawned.unwrap(), caller);
    })
    .await;
    let outside = principal().unwrap_err();
    assert_eq!(outside.kind(), ErrorKind::SessionNotInitialized);
}

#[tokio::test]
async fn signed_out_there_is_a_request_and_nobody_who_makes_it() {
    signed_out(async {
        assert_eq!(optional_session().unwrap(), None);
        assert_eq!(optional_principal().unwrap(), None);
        for refused in [
            principal().map(drop),
            current_session().map(drop),
            user().await.map(drop),
            authority().await.map(drop),
        ] {
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotSignedIn);
        }
    })
    .await;
    let outside = optional_session().unwrap_err();
    assert_eq!(outside.kind(), ErrorKind::SessionNotInitialized);
}
