//! The rule in the metadata of tools and prompts: put there by the attributes, read before a call, and taken out of
//! every list, since nobody outside needs to know who may do what.

use std::sync::OnceLock;

use aws_lc_rs::rand;
use rmcp::model::{MetaObject, Prompt, Tool};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::rule::{Need, Needs, are_public};

/// The macros have the same.
pub(super) const KEY: &str = "workos-mcp/rule";

/// What the Apps SDK reads of a tool: how a caller must have signed in
/// ([OpenAI, authentication](https://developers.openai.com/apps-sdk/build/auth)).
const SECURITY_SCHEMES: &str = "securitySchemes";

/// The metadata of a tool or prompt that has no other.
pub fn only_rule(needs: &[Need]) -> MetaObject {
    with_rule(MetaObject::default(), needs)
}

/// Vouches for a rule that opens. Metadata may be somebody else's, as in a gateway that passes on what servers behind it
/// say of their tools: such a rule may close a tool, and must not open one. So it counts only with what this process drew.
pub(super) const SEAL: &str = "workos-mcp/seal";

fn seal() -> &'static str {
    static DRAWN: OnceLock<String> = OnceLock::new();
    DRAWN.get_or_init(|| {
        let mut random = [0; 16];
        match rand::fill(&mut random) {
            Ok(()) => format!("{:032x}", u128::from_be_bytes(random)),
            // Never equal to what is read.
            Err(_) => String::new(),
        }
    })
}

/// Adds needs to those of an attribute further up; all of them must be met.
pub fn with_rule(mut metadata: MetaObject, needs: &[Need]) -> MetaObject {
    if needs.contains(&Need::Public) {
        metadata.0.insert(SEAL.to_owned(), json!(seal()));
    }
    let added = needs
        .iter()
        .map(|need| serde_json::to_value(need).unwrap_or(Value::Null));
    match metadata.0.get_mut(KEY) {
        Some(Value::Array(needs)) => needs.extend(added),
        _ => {
            metadata.0.insert(KEY.to_owned(), added.collect());
        }
    }
    metadata
}

/// The needs that metadata carries. A rule that cannot be read is never met.
pub(super) fn needs(metadata: Option<&MetaObject>) -> Vec<Need<'static>> {
    let Some(carried) = metadata.and_then(|metadata| metadata.0.get(KEY)) else {
        return Vec::new();
    };
    let never = || vec![Need::Any(Needs::Owned(Vec::new()))];
    let needs = Vec::deserialize(carried).unwrap_or_else(|error| {
        tracing::error!(%error, "a rule in a tool's or a prompt's metadata cannot be read");
        never()
    });
    if needs.contains(&Need::Public) && !is_sealed(metadata) {
        tracing::error!(
            "a tool's or a prompt's metadata says that it is public, and `#[public]` did not write it; it is for nobody"
        );
        return never();
    }
    needs
}

fn is_sealed(metadata: Option<&MetaObject>) -> bool {
    let sealed = metadata.and_then(|metadata| metadata.0.get(SEAL)?.as_str());
    sealed.is_some_and(|sealed| !sealed.is_empty() && sealed == seal())
}

/// Something that is listed with metadata.
pub(super) trait Listed {
    fn metadata(&mut self) -> &mut Option<MetaObject>;
}

impl Listed for Tool {
    fn metadata(&mut self) -> &mut Option<MetaObject> {
        &mut self.meta
    }
}

impl Listed for Prompt {
    fn metadata(&mut self) -> &mut Option<MetaObject> {
        &mut self.meta
    }
}

/// Takes the rule out.
pub(super) fn strip(listed: &mut impl Listed) {
    let metadata = listed.metadata();
    if let Some(object) = metadata {
        let sealed = object.0.remove(SEAL).is_some();
        let had_one = object.0.remove(KEY).is_some() || sealed;
        if had_one && object.0.is_empty() {
            *metadata = None;
        }
    }
}

/// Tells clients whether a tool wants them to sign in, where not every tool does, and with which scopes, unless its
/// author does.
pub(super) fn tell_schemes(tool: &mut Tool, needs: &[Need], base: &[String], is_mixed: bool) {
    let mut wanted = Vec::new();
    for need in needs {
        scopes(need, &mut wanted);
    }
    if wanted.is_empty() && !is_mixed {
        return;
    }
    let mut all: Vec<&str> = base.iter().map(String::as_str).collect();
    all.extend(
        wanted
            .into_iter()
            .filter(|scope| !base.iter().any(|base| base == scope)),
    );
    tool.meta
        .get_or_insert_default()
        .0
        .entry(SECURITY_SCHEMES)
        .or_insert_with(|| {
            let sign_in = json!({ "type": "oauth2", "scopes": all });
            if is_mixed && are_public(needs) {
                json!([{ "type": "noauth" }, sign_in])
            } else {
                json!([sign_in])
            }
        });
}

/// The scopes without which a need is not met; of alternatives the first that wants any.
fn scopes<'n>(need: &'n Need<'_>, wanted: &mut Vec<&'n str>) {
    match need {
        Need::Scopes(names) => {
            for name in names.iter() {
                if !wanted.contains(&name) {
                    wanted.push(name);
                }
            }
        }
        Need::All(needs) => needs
            .as_slice()
            .iter()
            .for_each(|need| scopes(need, wanted)),
        Need::Any(needs) => {
            let before = wanted.len();
            for need in needs.as_slice() {
                scopes(need, wanted);
                if wanted.len() > before {
                    break;
                }
            }
        }
        _ => {}
    }
}
