//! The clients of AuthKit.

use aws_lc_rs::constant_time;
use serde::{Deserialize, Serialize};

use super::redirect_uri;
use crate::applications::Application;
use crate::ids;
use crate::state::Environment;

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) redirect_uris: Vec<String>,
    /// The ways in which it may authenticate.
    pub(crate) authentication: Vec<ClientAuthentication>,
    pub(crate) secret: Option<String>,
    pub(crate) grant_types: Vec<GrantType>,
    /// The organization and the scopes of an M2M application.
    pub(crate) machine: Option<Machine>,
}

/// How the emulator knows a client, and so where its redirect URIs are to be changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Registration,
    Document,
    Application,
}

#[derive(Clone)]
pub(crate) struct Machine {
    pub(crate) organization_id: String,
    pub(crate) scopes: Vec<String>,
}

/// The client with this id, if it registered, is an application, or came with its document before.
pub(crate) fn find(environment: &Environment, id: &str) -> Option<Client> {
    let application = environment
        .directory
        .read()
        .applications
        .iter()
        .find(|application| application.id == id)
        .map(Client::from);
    application.or_else(|| environment.clients.lock().get(&id.to_owned()).cloned())
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
    /// Of M2M applications; nobody registers for it.
    #[serde(skip)]
    ClientCredentials,
}

impl Client {
    pub(crate) fn registered(
        name: Option<String>,
        redirect_uris: Vec<String>,
        authentication: ClientAuthentication,
        grant_types: Vec<GrantType>,
    ) -> Self {
        let confidential = authentication != ClientAuthentication::None;
        Self {
            id: ids::with_prefix("client"),
            name,
            origin: Origin::Registration,
            redirect_uris,
            authentication: vec![authentication],
            secret: confidential.then(ids::secret),
            grant_types,
            machine: None,
        }
    }

    /// What people call it.
    pub(crate) fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    pub(crate) fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris
            .iter()
            .any(|registered| redirect_uri::matches(registered, uri))
    }

    pub(crate) fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    pub(crate) fn has_secret(&self, secret: &str) -> bool {
        self.secret.as_ref().is_some_and(|own| {
            constant_time::verify_slices_are_equal(own.as_bytes(), secret.as_bytes()).is_ok()
        })
    }
}

impl From<&Application> for Client {
    fn from(application: &Application) -> Self {
        let machine = application.organization_id.as_ref().map(|id| Machine {
            organization_id: id.clone(),
            scopes: application.scopes.clone(),
        });
        Self {
            id: application.id.clone(),
            name: Some(application.name.clone()),
            origin: Origin::Application,
            redirect_uris: application.redirect_uris.clone(),
            authentication: match application.secret {
                Some(_) => vec![
                    ClientAuthentication::ClientSecretPost,
                    ClientAuthentication::ClientSecretBasic,
                ],
                None => vec![ClientAuthentication::None],
            },
            secret: application.secret.clone(),
            grant_types: match machine {
                Some(_) => vec![GrantType::ClientCredentials],
                None => vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            },
            machine,
        }
    }
}
