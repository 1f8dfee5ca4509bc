//! What a caller may not know of answers, in everything, as what is not there.

use serde_json::{Value, json};
use workos_mcp_emulator::Endpoint;
use workos_mcp_tests::{Era, Reply, Wire, World};

use super::workshop::{Workshop, both, workshop};

/// What can be compared of an answer: all but what differs between any two.
fn told(reply: &Reply, name: &str) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let mut body = reply.body.clone();
    body["id"] = Value::Null;
    let body = body.to_string().replace(name, "NAME");
    (reply.status.as_u16(), headers, body)
}

struct Case {
    method: &'static str,
    hidden: &'static str,
    unknown: &'static str,
    params: fn(&str) -> Value,
    eras: &'static [Era],
}

const BOTH: &[Era] = &[Era::Modern, Era::Legacy];

const CASES: [Case; 7] = [
    Case {
        method: "tools/call",
        hidden: "delete-widget",
        unknown: "delete-gadget",
        params: |name| json!({ "name": name, "arguments": { "id": 7 } }),
        eras: BOTH,
    },
    Case {
        method: "tools/call",
        hidden: "delete-widget",
        unknown: "delete-gadget",
        params: |name| json!({ "name": name, "arguments": { "id": "not a number" } }),
        eras: BOTH,
    },
    // rmcp compares the arguments with headers before the call, where the tool's schema says so.
    Case {
        method: "tools/call",
        hidden: "move-everything",
        unknown: "move-something",
        params: |name| json!({ "name": name, "arguments": { "region": "eu" } }),
        eras: BOTH,
    },
    Case {
        method: "prompts/get",
        hidden: "advice",
        unknown: "device",
        params: |name| json!({ "name": name }),
        eras: BOTH,
    },
    Case {
        method: "resources/read",
        hidden: "payroll://ada",
        unknown: "passwd://ada",
        params: |uri| json!({ "uri": uri }),
        eras: BOTH,
    },
    Case {
        method: "completion/complete",
        hidden: "advice",
        unknown: "device",
        params: |name| {
            json!({
                "ref": { "type": "ref/prompt", "name": name },
                "argument": { "name": "a", "value": "v" },
            })
        },
        eras: BOTH,
    },
    Case {
        method: "completion/complete",
        hidden: "payroll://{employee}",
        unknown: "passwd://{employee}",
        params: |uri| {
            json!({
                "ref": { "type": "ref/resource", "uri": uri },
                "argument": { "name": "a", "value": "v" },
            })
        },
        eras: BOTH,
    },
];

async fn as_grace(world: &World) -> [Wire; 2] {
    both(world, world.emulator.token(&world.emulator.grace())).await
}

async fn all_answer_alike(world: &World, workshop: &Workshop) {
    for wire in as_grace(world).await {
        for case in &CASES {
            if !case.eras.contains(&wire.era) {
                continue;
            }
            let hidden = wire.request(case.method, (case.params)(case.hidden)).await;
            let unknown = wire.request(case.method, (case.params)(case.unknown)).await;
            assert_eq!(
                told(&hidden, case.hidden),
                told(&unknown, case.unknown),
                "{} {:?}",
                case.method,
                wire.era
            );
            let says_nothing = match case.method {
                "completion/complete" => hidden.body["result"]["completion"]["values"] == json!([]),
                _ => hidden.body["error"].is_object(),
            };
            assert!(says_nothing, "{hidden:?}");
        }
    }
    assert_eq!(workshop.entered(), 0, "nothing hidden has run");
}

// Attacks: 74.
#[tokio::test]
async fn hidden_and_unknown_are_told_alike() {
    let (world, workshop) = workshop().await;
    all_answer_alike(&world, &workshop).await;
    // Again, when everything is known of everybody.
    all_answer_alike(&world, &workshop).await;
}

#[tokio::test]
async fn an_admin_meets_the_same_names_as_they_are() {
    let (world, workshop) = workshop().await;
    let ada = world.emulator.token(&world.emulator.ada());
    for wire in both(&world, ada).await {
        for case in &CASES {
            // A call without the headers that its schema wants is refused by rmcp.
            if case.hidden == "move-everything" && wire.era == Era::Modern {
                continue;
            }
            let reply = wire.request(case.method, (case.params)(case.hidden)).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            assert!(reply.body["error"].is_null(), "{reply:?}");
        }
    }
    assert!(workshop.entered() > 0);
}

/// A call whose headers contradict its arguments is refused by rmcp, for tools that there are.
// Attacks: 19.
#[tokio::test]
async fn headers_that_contradict_the_arguments_tell_nothing_of_a_hidden_tool() {
    let (world, workshop) = workshop().await;
    let call = |wire: Wire, name: &'static str| async move {
        let params = json!({ "name": name, "arguments": { "region": "eu" } });
        let headers = [("mcp-param-region", "us")];
        let response = wire
            .send_with("tools/call", params, Some(1), &headers)
            .await;
        Wire::read(response, 1).await
    };
    // The first call of the process is where rmcp's own check of an admin's call is not done yet.
    let ada = world.emulator.ada();
    let _ = call(world.modern(&ada), "move-everything").await;
    let contradicted = call(world.modern(&ada), "move-everything").await;
    assert_eq!(contradicted.status, 400, "{contradicted:?}");
    assert_eq!(contradicted.body["error"]["code"], -32020);

    let grace = world.emulator.grace();
    let hidden = call(world.modern(&grace), "move-everything").await;
    let unknown = call(world.modern(&grace), "move-nothing").await;
    assert_eq!(
        told(&hidden, "move-everything"),
        told(&unknown, "move-nothing")
    );
    let entered = workshop.entered();
    let agreed = world
        .modern(&ada)
        .send_with(
            "tools/call",
            json!({ "name": "move-everything", "arguments": { "region": "eu" } }),
            Some(1),
            &[("mcp-param-region", "eu")],
        )
        .await;
    assert_eq!(Wire::read(agreed, 1).await.text(), "moved to eu");
    assert_eq!(workshop.entered(), entered + 1);
}

/// How long an answer takes, in requests to WorkOS: for what is hidden as many as for what is not there, from the first
/// call after a list.
#[tokio::test]
async fn what_is_hidden_asks_as_much_as_what_is_unknown() {
    const ENDPOINTS: [Endpoint; 4] = [
        Endpoint::ListMemberships,
        Endpoint::ListOrganizationRoles,
        Endpoint::ListUserFeatureFlags,
        Endpoint::ListOrganizationFeatureFlags,
    ];
    let asked = async |method: &'static str, params: Value| {
        let (world, _) = workshop().await;
        let ada = world.modern(&world.emulator.ada());
        ada.request("tools/list", json!({})).await;
        let before = ENDPOINTS.map(|endpoint| world.emulator.requests(endpoint));
        let grace = world.modern(&world.emulator.grace());
        grace.request(method, params).await;
        let after = ENDPOINTS.map(|endpoint| world.emulator.requests(endpoint));
        std::array::from_fn::<_, 4, _>(|place| after[place] - before[place])
    };
    for case in &CASES {
        let hidden = asked(case.method, (case.params)(case.hidden)).await;
        let unknown = asked(case.method, (case.params)(case.unknown)).await;
        assert_eq!(hidden, unknown, "{} {}", case.method, case.hidden);
        assert!(hidden[0] > 0, "{} {}", case.method, case.hidden);
    }
}

#[tokio::test]
async fn an_unknown_prompt_hears_of_those_only_that_the_caller_may_know_of() {
    let (world, _) = workshop().await;
    for wire in as_grace(&world).await {
        for name in ["advice", "device"] {
            let reply = wire.request("prompts/get", json!({ "name": name })).await;
            assert_eq!(
                reply.body["error"]["data"],
                json!({ "available_prompts": ["hello", "summary"] }),
                "{reply:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_resource_does_not_come_out_of_hiding_by_another_spelling() {
    let (world, workshop) = workshop().await;
    for wire in as_grace(&world).await {
        for uri in [
            "PAYROLL://ada",
            "payroll://%61da",
            "payroll://x/../ada",
            "payroll:%2F%2Fada",
        ] {
            let reply = wire.request("resources/read", json!({ "uri": uri })).await;
            assert!(reply.body["error"].is_object(), "{uri}: {reply:?}");
        }
    }
    assert_eq!(workshop.entered(), 0);
}
