//! The secrets of a configuration, and the client id, which people take for one.

use secrecy::{ExposeSecret, SecretString};

use super::{ProviderBuilder, secret_key::is_secret_key, urls::Problem, validate::Problems};

pub(super) struct Credentials {
    pub(super) api_key: Option<SecretString>,
    pub(super) session_key: Option<SecretString>,
    pub(super) previous_session_key: Option<SecretString>,
    pub(super) client_id: Option<String>,
}

impl ProviderBuilder {
    pub(super) fn credentials(&mut self, problems: &mut Problems) -> Credentials {
        let api_key = problems.secret("api_key", "WORKOS_API_KEY", self.api_key.take());
        if let Some(api_key) = &api_key {
            problems.check(
                "api_key",
                Some("WORKOS_API_KEY"),
                token(api_key.expose_secret()),
            );
        }
        let session_key = problems.secret(
            "session_key",
            "WORKOS_MCP_SESSION_KEY",
            self.session_key.take(),
        );
        if let Some(session_key) = &session_key {
            let checked = at_least(32, session_key);
            problems.check("session_key", Some("WORKOS_MCP_SESSION_KEY"), checked);
        }
        let previous_session_key = problems.secret(
            "previous_session_key",
            "WORKOS_MCP_PREVIOUS_SESSION_KEY",
            self.previous_session_key.take(),
        );
        if let Some(previous) = &previous_session_key {
            problems.check(
                "previous_session_key",
                Some("WORKOS_MCP_PREVIOUS_SESSION_KEY"),
                // It may be an API key.
                at_least(16, previous),
            );
        }
        let client_id = problems.value("client_id", "WORKOS_CLIENT_ID", self.client_id.take());
        if let Some(client_id) = &client_id {
            problems.check("client_id", Some("WORKOS_CLIENT_ID"), token(client_id));
            if is_secret_key(client_id) {
                problems.add(
                    "client_id",
                    Some("WORKOS_CLIENT_ID"),
                    "is a secret key of WorkOS, not a client id, which begins with client_",
                );
            }
        }
        Credentials {
            api_key,
            session_key,
            previous_session_key,
            client_id,
        }
    }
}

impl Credentials {
    /// Callers' keys are checked with our own, by a permission.
    pub(super) fn check_api_keys(&self, permission: &str, problems: &mut Problems) {
        if self.api_key.is_none() {
            problems.add(
                "api_key",
                Some("WORKOS_API_KEY"),
                "is missing; with `api_keys`, WorkOS is asked about the keys of callers",
            );
        }
        if is_secret_key(permission) {
            problems.add(
                "api_keys",
                None,
                "is a secret key of WorkOS, not the permission that a caller's key must have; the key of this server belongs into `api_key`",
            );
        } else if permission.is_empty() || permission.contains(char::is_whitespace) {
            problems.add(
                "api_keys",
                None,
                "is empty or has white space, as no permission has; write the one that a caller's key must have, such as mcp:use",
            );
        }
    }
}

/// Keys are derived from it, so it must be hard to guess.
fn at_least(bytes: usize, secret: &SecretString) -> Result<(), Problem> {
    let secret = secret.expose_secret();
    if secret.trim() != secret {
        // Those from the environment are trimmed, and replicas must agree however they are told.
        Err("begins or ends with white space; take that away".to_owned())
    } else if secret.len() < bytes {
        Err(format!(
            "is shorter than {bytes} bytes; `openssl rand -base64 32` makes a good one"
        ))
    } else {
        Ok(())
    }
}

/// What can stand in a header; the value may be a secret, even in the field that is none.
fn token(value: &str) -> Result<(), Problem> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("is empty, or has a space or another character that WorkOS never uses; copy it again from the dashboard".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(permission: &str, api_key: Option<&str>) -> Vec<String> {
        let builder = ProviderBuilder::default()
            .authkit_domain("app.authkit.app")
            .base_url("https://mcp.example.com")
            .api_keys(permission);
        let builder = match api_key {
            Some(api_key) => builder.api_key(api_key),
            None => builder,
        };
        let found = builder.validate(&|_| None).err();
        let found = found.iter().flat_map(crate::ConfigError::problems);
        found.map(ToString::to_string).collect()
    }

    #[test]
    fn keys_of_callers_need_a_permission_and_a_key_of_our_own() {
        assert_eq!(problems("mcp:use", Some("sk_test_x")), [""; 0]);
        assert_eq!(
            problems("mcp:use", None),
            [
                "`api_key` (WORKOS_API_KEY) is missing; with `api_keys`, WorkOS is asked about the keys of callers"
            ]
        );
        for permission in ["", " ", "mcp: use", "mcp:use\n"] {
            let found = problems(permission, Some("sk_test_x"));
            assert!(
                found.len() == 1 && found[0].starts_with("`api_keys` is empty or has white space"),
                "{permission:?}: {found:?}"
            );
        }
    }

    #[test]
    fn our_own_key_in_place_of_the_permission_is_seen_and_not_repeated() {
        let found = problems("sk_live_hush", None);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].contains("belongs into `api_key`"), "{found:?}");
        assert!(!found.concat().contains("hush"), "{found:?}");
    }
}
