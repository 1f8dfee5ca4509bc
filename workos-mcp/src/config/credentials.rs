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
