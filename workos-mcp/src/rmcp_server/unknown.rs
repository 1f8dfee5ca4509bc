//! How something hidden answers: exactly as something that is not there.
//!
//! What a handler says of an unknown name is for the handler to know. So it is asked for a name that nobody can
//! know, and its answer is given with the name that the caller said.

use aws_lc_rs::rand;
use rmcp::{
    ErrorData,
    model::{
        CallToolResponse, CompleteResult, GetPromptResponse, GetSkillResult, GetTaskResult,
        ListResourcesResult, ReadResourceResponse,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A name that nobody can know.
pub(super) struct StandIn(String);

impl StandIn {
    pub(super) fn draw() -> Result<Self, ErrorData> {
        let mut random = [0; 16];
        rand::fill(&mut random)
            .map_err(|_| ErrorData::internal_error("the system has no randomness", None))?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(random))))
    }

    pub(super) fn name(&self) -> String {
        self.0.clone()
    }

    /// The answer, with the name that the caller said.
    pub(super) fn disguised<T: Answer>(
        &self,
        answer: Result<T, ErrorData>,
        name: &str,
    ) -> Result<T, ErrorData> {
        match answer {
            Ok(answer) => answer.renamed(&self.0, name),
            Err(error) => Err(renamed(error, &self.0, name)?),
        }
    }
}

/// An answer that may repeat a name.
pub(super) trait Answer: Sized {
    fn renamed(self, stand_in: &str, name: &str) -> Result<Self, ErrorData>;
}

impl Answer for () {
    fn renamed(self, _: &str, _: &str) -> Result<Self, ErrorData> {
        Ok(())
    }
}

macro_rules! answers {
    ($($answer:ident),*) => {$(
        impl Answer for $answer {
            fn renamed(self, stand_in: &str, name: &str) -> Result<Self, ErrorData> {
                renamed(self, stand_in, name)
            }
        }
    )*};
}

answers!(
    CompleteResult,
    GetSkillResult,
    GetTaskResult,
    ListResourcesResult
);

macro_rules! complete_answers {
    ($($answer:ident),*) => {$(
        impl Answer for $answer {
            fn renamed(self, stand_in: &str, name: &str) -> Result<Self, ErrorData> {
                match self {
                    Self::Complete(result) => renamed(result, stand_in, name).map(Self::Complete),
                    other => Ok(other),
                }
            }
        }
    )*};
}

complete_answers!(CallToolResponse, GetPromptResponse, ReadResourceResponse);

pub(super) fn renamed<T: Serialize + DeserializeOwned>(
    answer: T,
    stand_in: &str,
    name: &str,
) -> Result<T, ErrorData> {
    let unreadable = |_| ErrorData::internal_error("the call failed unexpectedly", None);
    let mut value = serde_json::to_value(&answer).map_err(unreadable)?;
    if rename(&mut value, stand_in, name) {
        serde_json::from_value(value).map_err(unreadable)
    } else {
        Ok(answer)
    }
}

fn rename(value: &mut Value, stand_in: &str, name: &str) -> bool {
    match value {
        Value::String(text) if text.contains(stand_in) => {
            *text = text.replace(stand_in, name);
            true
        }
        Value::Array(items) => items
            .iter_mut()
            .fold(false, |any, item| rename(item, stand_in, name) | any),
        Value::Object(members) => members
            .values_mut()
            .fold(false, |any, member| rename(member, stand_in, name) | any),
        _ => false,
    }
}
