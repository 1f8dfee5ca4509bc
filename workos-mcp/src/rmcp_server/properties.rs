//! What holds of whatever stands where a rule should in a tool's metadata.

use rmcp::model::{MetaObject, Tool};
use serde::Deserialize;
use serde_json::Value;

use super::metadata::{KEY, SEAL, needs, only_rule, strip, tell_schemes, with_rule};
use crate::{
    authority::Resolved,
    principal::Principal,
    rule::{Facts, Need, Verdict, are_public, verdict},
    testing,
};

/// The JSON of a tool's metadata.
pub(crate) fn rule_metadata(input: &[u8]) {
    let Ok(metadata) = serde_json::from_slice::<MetaObject>(input) else {
        return;
    };
    let carried = needs(Some(&metadata));
    let rule = metadata.0.get(KEY);
    if carried.is_empty() {
        assert!(rule.is_none_or(|rule| *rule == serde_json::json!([])));
    }

    // What was read is what was written.
    assert_eq!(needs(Some(&only_rule(&carried))), carried);
    let twice = with_rule(only_rule(&carried), &carried);
    assert_eq!(needs(Some(&twice)), [&*carried, &*carried].concat());

    // Nobody is let in by a rule that cannot be read.
    let is_readable = rule.is_none_or(|rule| {
        let rule = rule.to_string();
        serde_json::from_str::<Vec<Need<'_>>>(&rule).is_ok()
    });
    let callers: [Principal; 3] = [
        testing::session("user_01ADA").build().into(),
        testing::machine("client_01NIGHTLY").build().into(),
        testing::api_key("api_key_01CI").build().into(),
    ];
    for principal in &callers {
        let facts = Facts {
            principal,
            scopes: None,
            authority: &Resolved::nothing(),
        };
        let verdict = verdict(&carried, facts);
        assert!(is_readable || verdict == Verdict::Unmet, "{verdict:?}");
    }

    // Strangers get nothing by what somebody else wrote. By what this process wrote they get what is said to be for
    // everybody, and nothing that anything else is said of.
    assert!(!are_public(&carried), "{rule:?}");
    let says_public = rule
        .and_then(Value::as_array)
        .is_some_and(|needs| !needs.is_empty() && needs.iter().all(is_public));
    let written = rule.and_then(|rule| Vec::<Need<'_>>::deserialize(rule).ok());
    let own = only_rule(&written.unwrap_or_default());
    assert_eq!(are_public(&needs(Some(&own))), says_public, "{rule:?}");

    // Whoever is refused is told every name that could help.
    for need in &carried {
        let told = need.to_string();
        need.leaves(&mut |leaf| {
            if let Need::Roles(names) | Need::Permissions(names) | Need::Scopes(names) = leaf {
                assert!(names.iter().all(|name| told.contains(name)), "{told}");
            }
        });
    }

    let mut tool = Tool::new("tool", "", serde_json::Map::default());
    tool.meta = Some(metadata);
    for is_mixed in [false, true] {
        tell_schemes(&mut tool, &carried, &["openid".to_owned()], is_mixed);
    }
    strip(&mut tool);
    assert!(
        tool.meta
            .is_none_or(|metadata| [KEY, SEAL].iter().all(|key| !metadata.0.contains_key(*key)))
    );
}

/// A word, or what serde takes for the same.
fn is_public(need: &Value) -> bool {
    *need == "public" || *need == serde_json::json!({ "public": null })
}
