//! The table of attacks holds whoever a server lets in besides users: its tests run again against each kind of server.

use std::{fs, path::Path, process::Command};

use workos_mcp_tests::Mode;

use super::sources;

/// Tests that a kind of server answers otherwise, and the reason.
struct Otherwise {
    tests: &'static [&'static str],
    reason: &'static str,
}

const ANONYMOUS: [Otherwise; 3] = [
    Otherwise {
        tests: &[
            "api_keys::the_session_of_a_key_is_nobody_elses",
            "attacks::identity::a_session_id_is_no_credential",
            "attacks::sessions::the_stream_of_a_session_hears_nothing_of_another_and_is_not_taken_over",
            "issuers::the_same_user_of_two_issuers_is_two_principals",
            "leaks::refusals::a_session_of_another_is_not_told_of",
            "machines::a_session_is_the_machines_or_the_users_never_both",
            "refusals::requests::what_a_user_is_told_is_not_kept_by_caches",
            "rules::spoofing::a_batch_is_refused_as_a_whole",
            "session_ids::a_refreshed_token_of_the_same_principal_goes_on_and_can_end_the_session",
            "session_ids::an_id_without_its_tag_or_with_another_is_unknown",
            "session_ids::another_principals_session_answers_as_an_unknown_one_and_goes_on",
            "session_ids::two_session_headers_are_unknown",
        ],
        reason: "they begin with a session, and there are none; `public::sessions` has what becomes of session ids",
    },
    Otherwise {
        tests: &[
            "leaks::refusals::credentials_in_the_wrong_place_are_not_repeated",
            "refusals::credentials::a_request_without_a_bearer_token_is_challenged_and_told_nothing_else",
            "refusals::requests::no_method_gets_past_the_guard",
        ],
        reason: "a request without credentials that is no call is nobody's, and answered with 405 or 415; `public` has \
                 which calls are challenged",
    },
    Otherwise {
        tests: &[
            "sign_in::a_client_that_asks_for_exactly_the_challenged_scopes_gets_a_refresh_token",
        ],
        reason: "it takes its challenge from a `POST` that is no call; `public::sign_in` takes it from one",
    },
];

const MACHINES: [Otherwise; 1] = [Otherwise {
    tests: &["machines::without_a_list_no_machine_is_let_in"],
    reason: "the machine is on the list of every world",
}];

/// The tests of this program that carry the number of an attack.
fn tests_of_attacks() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("it");
    let mut paths = Vec::new();
    sources(&folder, &mut paths);
    let mut tests = Vec::new();
    for path in paths {
        let module = path.strip_prefix(&folder).unwrap().with_extension("");
        let module = module.to_str().unwrap().replace('/', "::");
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        for index in 0..lines.len() {
            if !lines[index].starts_with("// Attacks:") || !lines[index + 1].starts_with("#[") {
                continue;
            }
            let function = lines[index..]
                .iter()
                .find_map(|line| line.split_once("fn ")?.1.split_once('('))
                .unwrap();
            tests.push(format!("{module}::{}", function.0));
        }
    }
    tests
}

fn holds(mode: Mode, otherwise: &[Otherwise]) {
    let mut tests = tests_of_attacks();
    for Otherwise {
        tests: others,
        reason,
    } in otherwise
    {
        assert!(!reason.is_empty());
        for other in *others {
            let before = tests.len();
            tests.retain(|test| test != other);
            assert_eq!(tests.len() + 1, before, "there is no {other}");
        }
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .env(Mode::VARIABLE, mode.name())
        .env("RUST_BACKTRACE", "0")
        .arg("--exact")
        .args(&tests)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {told}", mode.name());
    // A test that is not found does not fail.
    let passed = format!("{} passed; 0 failed; 0 ignored", tests.len());
    assert!(told.contains(&passed), "not {passed}: {told}");
}

#[test]
fn the_table_holds_where_callers_need_not_be_signed_in() {
    holds(Mode::Anonymous, &ANONYMOUS);
}

#[test]
fn the_table_holds_where_machines_are_let_in() {
    holds(Mode::Machines, &MACHINES);
}

#[test]
fn the_table_holds_where_holders_of_api_keys_are_let_in() {
    holds(Mode::ApiKeys, &[]);
}
