//! The requirement in the metadata of tools and prompts: put there by the attributes, read before a call,
//! and taken out of every list, since nobody outside needs to know who may do what.

use rmcp::model::{MetaObject, Prompt, Tool};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    error::Error,
    requirement::{self, Need},
    session::Session,
};

/// The macros have the same.
const KEY: &str = "workos-mcp/requirement";

/// The metadata of a tool or prompt that has no other.
pub fn only_requirement(needs: &[Need]) -> MetaObject {
    with_requirement(MetaObject::default(), needs)
}

/// Adds needs to those of an attribute further up; all of them must be met.
pub fn with_requirement(mut metadata: MetaObject, needs: &[Need]) -> MetaObject {
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

/// Checks the requirement that metadata carries, if any. One that cannot be read refuses.
pub(super) fn check(metadata: Option<&MetaObject>, session: &Session) -> Result<(), Error> {
    let Some(carried) = metadata.and_then(|metadata| metadata.0.get(KEY)) else {
        return Ok(());
    };
    let needs = Vec::<Need>::deserialize(carried)
        .map_err(|_| Error::forbidden("its requirement cannot be read"))?;
    requirement::check(session, &needs)
}

pub(super) fn strip_tools(tools: &mut [Tool]) {
    for tool in tools {
        strip(&mut tool.meta);
    }
}

pub(super) fn strip_prompts(prompts: &mut [Prompt]) {
    for prompt in prompts {
        strip(&mut prompt.meta);
    }
}

fn strip(metadata: &mut Option<MetaObject>) {
    if let Some(object) = metadata
        && object.0.remove(KEY).is_some()
        && object.0.is_empty()
    {
        *metadata = None;
    }
}
