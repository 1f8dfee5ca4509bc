//! What WorkOS says of a key.

use std::time::{Duration, SystemTime};

use chrono::DateTime;
use workos::{
    ApiKeyOwnerOneOf, ApiKeyValidationResponse, SecretString, ValidateApiKey,
    api_keys::CreateValidationParams,
};

use super::{
    refusal::{Cause, Reason, Refusal},
    shape,
};

/// A key that WorkOS vouches for.
pub(super) struct Described {
    pub(super) id: Box<str>,
    pub(super) name: Box<str>,
    pub(super) organization_id: Box<str>,
    pub(super) user_id: Option<Box<str>>,
    pub(super) permissions: Box<[Box<str>]>,
    pub(super) expires_at: Option<SystemTime>,
}

/// The longest id that is taken; those of WorkOS have some forty bytes.
const ID_BYTES: usize = 255;

/// Asks WorkOS about a key.
pub(super) async fn ask(bearer: &str, client: &workos::Client) -> Result<Described, Refusal> {
    let params = CreateValidationParams::new(ValidateApiKey {
        value: SecretString::new(bearer),
    });
    let answer = client.api_keys().create_validation(params).await;
    read(answer.map_err(|error| cause(&error))?, bearer)
}

/// What an error answer says beyond its status may repeat the key.
fn cause(error: &workos::Error) -> Cause {
    match error {
        workos::Error::Decode(_) => Cause::Unreadable,
        error => error.status().map_or(Cause::Unanswered, Cause::Status),
    }
}

fn read(answer: ApiKeyValidationResponse, bearer: &str) -> Result<Described, Refusal> {
    let key = answer.api_key.ok_or(Reason::Unknown)?;
    // Whoever answers for another key than the one asked about must not lend out its permissions.
    if !shape::is_shown_as(bearer, &key.obfuscated_value) {
        return Err(Cause::AnotherKey.into());
    }
    let (organization_id, user_id) = match key.owner {
        ApiKeyOwnerOneOf::ApiKeyOwner(organization) => (organization.id, None),
        ApiKeyOwnerOneOf::UserApiKeyOwner(user) => (user.organization_id, Some(user.id)),
    };
    let ids = [&key.id, &organization_id].into_iter().chain(&user_id);
    if !ids.into_iter().all(|id| is_plain(id)) {
        return Err(Cause::Unreadable.into());
    }
    let expires_at = key.expires_at.as_deref().map(time).transpose()?;
    Ok(Described {
        id: key.id.into(),
        name: key.name.into(),
        organization_id: organization_id.into(),
        user_id: user_id.map(Into::into),
        permissions: key.permissions.into_iter().map(Into::into).collect(),
        expires_at,
    })
}

/// Ids go into the tags of session ids, and into the logs of who uses this.
fn is_plain(id: &str) -> bool {
    (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// In whole seconds, rounded down. What was before 1970 is over all the same.
fn time(text: &str) -> Result<SystemTime, Reason> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| Reason::Expiry)?;
    let seconds = u64::try_from(time.timestamp()).unwrap_or_default();
    Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const KEY: &str = "sk_example_1234567890abcdef";

    fn key() -> Value {
        json!({
            "object": "api_key",
            "id": "api_key_01",
            "owner": { "type": "organization", "id": "org_01" },
            "name": "Build server",
            "obfuscated_value": "sk_...cdef",
            "last_used_at": null,
            "expires_at": null,
            "permissions": ["mcp:use"],
            "created_at": "2026-01-01T00:00:00.000Z",
            "updated_at": "2026-01-01T00:00:00.000Z",
        })
    }

    fn read_as(change: impl FnOnce(&mut Value)) -> Result<Described, Refusal> {
        let mut key = key();
        change(&mut key);
        let answer = json!({ "api_key": key, "agent_registration_id": null });
        read(serde_json::from_value(answer).unwrap(), KEY)
    }

    fn refused(change: impl FnOnce(&mut Value)) -> Option<Refusal> {
        read_as(change).err()
    }

    #[test]
    fn a_key_of_an_organization_and_one_of_a_user() {
        let of_organization = read_as(|_| ()).unwrap();
        assert_eq!(&*of_organization.organization_id, "org_01");
        assert_eq!(of_organization.user_id, None);
        assert_eq!(of_organization.expires_at, None);
        let of_user = read_as(|key| {
            key["owner"] = json!({ "type": "user", "id": "user_01", "organization_id": "org_02" });
        })
        .unwrap();
        assert_eq!(&*of_user.organization_id, "org_02");
        assert_eq!(of_user.user_id.as_deref(), Some("user_01"));
    }

    #[test]
    fn no_key_is_an_unknown_one() {
        for answer in [json!({}), json!({ "api_key": null })] {
            let answer = serde_json::from_value(answer).unwrap();
            assert_eq!(read(answer, KEY).err(), Some(Reason::Unknown.into()));
        }
    }

    #[test]
    fn another_keys_answer_is_not_lent_out() {
        let another = refused(|key| key["obfuscated_value"] = json!("sk_...0000"));
        assert_eq!(another, Some(Cause::AnotherKey.into()));
    }

    #[test]
    fn an_expiry_is_read_or_else_the_key_is_refused() {
        let expiry = |text: &str| read_as(|key| key["expires_at"] = json!(text));
        for (text, seconds) in [
            ("2027-01-02T03:04:05.678Z", 1_798_859_045),
            ("2027-01-02T05:04:05+02:00", 1_798_859_045),
            ("0001-01-01T00:00:00Z", 0),
        ] {
            let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(expiry(text).unwrap().expires_at, Some(expires), "{text}");
        }
        for text in ["", "never", "2027-01-02", "1798859045"] {
            assert_eq!(expiry(text).err(), Some(Reason::Expiry.into()), "{text}");
        }
    }

    #[test]
    fn ids_that_are_no_plain_text_are_not_taken() {
        for id in ["", "org_ 01", "org_\u{7}", &"x".repeat(256)] {
            for refused in [
                refused(|key| key["owner"]["id"] = json!(id)),
                refused(|key| key["id"] = json!(id)),
                refused(|key| {
                    key["owner"] = json!({ "type": "user", "id": id, "organization_id": "org_02" });
                }),
            ] {
                assert_eq!(refused, Some(Cause::Unreadable.into()), "{id:?}");
            }
        }
    }
}
