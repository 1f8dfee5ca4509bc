//! Registered clients.

use aws_lc_rs::constant_time;
use serde::{Deserialize, Serialize};

use super::redirect_uri;
use crate::ids;

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) authentication: ClientAuthentication,
    pub(crate) secret: Option<String>,
    pub(crate) grant_types: Vec<GrantType>,
}

/// How a client proves at the token endpoint who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientAuthentication {
    None,
    ClientSecretPost,
    /// AuthKit's choice for a client that names none.
    #[default]
    ClientSecretBasic,
}

impl ClientAuthentication {
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::ClientSecretPost, Self::ClientSecretBasic];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretBasic => "client_secret_basic",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrantType {
    AuthorizationCode,
    RefreshToken,
}

impl Client {
    pub(crate) fn new(
        redirect_uris: Vec<String>,
        authentication: ClientAuthentication,
        grant_types: Vec<GrantType>,
    ) -> Self {
        let confidential = authentication != ClientAuthentication::None;
        Self {
            id: ids::with_prefix("client"),
            redirect_uris,
            authentication,
            secret: confidential.then(ids::secret),
            grant_types,
        }
    }

    pub(crate) fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris
            .iter()
            .any(|registered| redirect_uri::matches(registered, uri))
    }

    pub(crate) fn may_refresh(&self) -> bool {
        self.grant_types.contains(&GrantType::RefreshToken)
    }

    pub(crate) fn has_secret(&self, secret: &str) -> bool {
        self.secret.as_ref().is_some_and(|own| {
            constant_time::verify_slices_are_equal(own.as_bytes(), secret.as_bytes()).is_ok()
        })
    }
}
