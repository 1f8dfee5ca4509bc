//! The validation of a configuration: every problem is found before anything is refused.

use std::{ffi::OsString, sync::Arc};

use secrecy::SecretString;
use url::Url;

use super::{
    Audience, Authority, BASE_SCOPES, Config, ProviderBuilder,
    credentials::Credentials,
    origin::{AllowedHost, AllowedOrigin},
    secret_key::{is_secret_key, shown},
    urls::{self, Problem, Resource},
};
use crate::{
    error::{ConfigError, ConfigProblem},
    limits::Limits,
    rule::is_scope,
};

impl ProviderBuilder {
    pub(super) fn validate(
        mut self,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Config, ConfigError> {
        let mut problems = Problems {
            found: Vec::new(),
            environment,
        };
        let credentials = self.credentials(&mut problems);
        let places = self.places(&mut problems);
        let scopes = match self.scopes.take() {
            Some(scopes) => problems.check("scopes", None, checked_scopes(scopes)),
            None => Some(BASE_SCOPES.map(str::to_owned).to_vec()),
        };
        self.clients(&credentials, &mut problems);
        let allowed_origins = self
            .allowed_origins
            .map(|values| problems.each("allowed_origins", &values, AllowedOrigin::parse));
        let allowed_hosts = self
            .allowed_hosts
            .map(|values| problems.each("allowed_hosts", &values, AllowedHost::parse));
        let port = problems
            .variable("bind", "PORT")
            .and_then(|value| problems.check("bind", Some("PORT"), port(&value)));
        let default_port = match &places {
            Some(places) if places.resource.loopback => places.resource.port,
            _ => port.unwrap_or(8080),
        };
        let bind = problems.value("bind", "BIND", self.bind).and_then(|value| {
            problems.check("bind", Some("BIND"), listen_address(&value, default_port))
        });

        if self.limits.longest() > Limits::LONGEST {
            problems.add("limits", None, "has a time of more than a year");
        }
        let (rules, wrong) = self.rules.checked();
        for (field, problem) in wrong {
            problems.add(field, None, problem);
        }

        let (Some(places), Some(scopes), []) = (places, scopes, &*problems.found) else {
            return Err(ConfigError::new(problems.found));
        };
        let resource = places.resource;
        Ok(Config {
            issuer: places.issuer,
            other_issuers: places.other_issuers,
            docs_url: places.docs_url,
            api_key: credentials.api_key,
            session_key: credentials.session_key,
            previous_session_key: credentials.previous_session_key,
            client_id: credentials.client_id,
            api_url: places
                .api_url
                .unwrap_or_else(|| "https://api.workos.com".to_owned()),
            audience: self.audience,
            client_ids: self.client_ids,
            machines: self.machines.unwrap_or_default(),
            api_keys: self.api_keys,
            scopes,
            allowed_origins: allowed_origins.unwrap_or_else(|| default_origins(&resource)),
            allowed_hosts: allowed_hosts.unwrap_or_else(|| default_hosts(&resource)),
            mirror_metadata: self.mirror_metadata.unwrap_or(true),
            bind: bind.unwrap_or_else(|| default_bind(&resource, port)),
            anonymous: self.anonymous,
            refusal: self.refusal,
            rules,
            limits: self.limits,
            resource,
        })
    }

    fn places(&mut self, problems: &mut Problems) -> Option<Places> {
        let issuer = problems
            .required(
                "authkit_domain",
                "WORKOS_AUTHKIT_DOMAIN",
                self.authkit_domain.take(),
                "your-app.authkit.app",
            )
            .and_then(|value| {
                problems.check(
                    "authkit_domain",
                    Some("WORKOS_AUTHKIT_DOMAIN"),
                    urls::issuer(&value),
                )
            });
        let others = problems.each(
            "other_authkit_domains",
            &self.other_authkit_domains,
            urls::issuer,
        );
        check_issuers(issuer.as_ref(), &others, problems);
        let base_url = problems
            .required(
                "base_url",
                "BASE_URL",
                self.base_url.take(),
                "https://mcp.example.com",
            )
            .and_then(|value| problems.check("base_url", Some("BASE_URL"), urls::base_url(&value)));
        let mcp_path = self.mcp_path.as_deref().unwrap_or("/mcp");
        let mcp_path = problems.check("mcp_path", None, urls::path(mcp_path));
        let local_path = self.local_path.take();
        let local_path =
            local_path.and_then(|value| problems.check("local_path", None, urls::path(&value)));
        let docs_url = self.docs_url.take();
        let docs_url =
            docs_url.and_then(|value| problems.check("docs_url", None, urls::docs_url(&value)));
        let api_url = problems
            .value("api_url", "WORKOS_API_URL", self.api_url.take())
            .and_then(|value| {
                problems.check("api_url", Some("WORKOS_API_URL"), urls::api_url(&value))
            });
        let resource = Resource::new(&base_url?, &mcp_path?, local_path.as_deref());
        // Each of the two may be fine and their sum not.
        problems.check("mcp_path", None, urls::path(&resource.local_path));
        Some(Places {
            issuer: issuer?,
            other_issuers: others,
            resource,
            docs_url,
            api_url,
        })
    }

    fn clients(&self, credentials: &Credentials, problems: &mut Problems) {
        if self.audience == Audience::ClientId {
            if credentials.client_id.is_none() {
                problems.add(
                    "client_id",
                    Some("WORKOS_CLIENT_ID"),
                    "is missing; `audience` accepts tokens by it",
                );
            }
            if self.client_ids.is_none() {
                problems.add(
                    "client_ids",
                    None,
                    "is missing; with `audience` set to the client id, name the OAuth clients to accept",
                );
            }
        }
        if let Some(machines) = &self.machines {
            check_machines(machines, credentials, problems);
        }
        if let Some(permission) = &self.api_keys {
            credentials.check_api_keys(permission, problems);
        }
        if self.client_ids.as_ref().is_some_and(Vec::is_empty) {
            problems.add(
                "client_ids",
                None,
                "is empty, so no token would be accepted; name the OAuth clients, or leave it out to accept any",
            );
        }
    }
}

fn check_machines(machines: &[String], credentials: &Credentials, problems: &mut Problems) {
    if machines.is_empty() {
        problems.add(
            "machines",
            None,
            "is empty; name the machine-to-machine applications, or leave it out to accept none",
        );
    } else if credentials.client_id.is_none() {
        problems.add(
            "client_id",
            Some("WORKOS_CLIENT_ID"),
            "is missing; the tokens of `machines` are issued for it",
        );
    }
    for machine in machines {
        if Some(machine) == credentials.client_id.as_ref() {
            problems.add(
                "machines",
                None,
                "has the client id of the environment, which is no application; name the machine-to-machine application",
            );
        } else if !machine.starts_with("client_") {
            problems.add(
                "machines",
                None,
                format!(
                    "has {}, which is not a client id of WorkOS; those begin with client_",
                    shown(machine)
                ),
            );
        }
    }
}

/// Each issuer once: a second key set of one would only make its tokens depend on which is found first.
fn check_issuers(main: Option<&Arc<str>>, others: &[Arc<str>], problems: &mut Problems) {
    for (place, other) in others.iter().enumerate() {
        let problem = if Some(other) == main {
            format!("has {other}, which is `authkit_domain`; name the further ones only")
        } else if others[..place].contains(other) {
            format!("has {other} twice; name each domain once")
        } else {
            continue;
        };
        problems.add("other_authkit_domains", None, problem);
    }
}

struct Places {
    issuer: Arc<str>,
    other_issuers: Vec<Arc<str>>,
    resource: Resource,
    docs_url: Option<Url>,
    api_url: Option<String>,
}

pub(super) struct Problems<'a> {
    found: Vec<ConfigProblem>,
    environment: &'a dyn Fn(&str) -> Option<OsString>,
}

impl Problems<'_> {
    pub(super) fn add(
        &mut self,
        field: &'static str,
        variable: Option<&'static str>,
        message: impl Into<String>,
    ) {
        self.found
            .push(ConfigProblem::new(field, variable, message));
    }

    pub(super) fn check<T>(
        &mut self,
        field: &'static str,
        variable: Option<&'static str>,
        checked: Result<T, Problem>,
    ) -> Option<T> {
        checked
            .map_err(|problem| self.add(field, variable, problem))
            .ok()
    }

    fn each<T>(
        &mut self,
        field: &'static str,
        values: &[String],
        parse: fn(&str) -> Result<T, Problem>,
    ) -> Vec<T> {
        values
            .iter()
            .filter_map(|value| self.check(field, None, parse(value)))
            .collect()
    }

    fn variable(&mut self, field: &'static str, variable: &'static str) -> Option<String> {
        let value = (self.environment)(variable)?;
        if let Ok(value) = value.into_string() {
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        } else {
            self.add(field, Some(variable), "is not valid UTF-8");
            None
        }
    }

    pub(super) fn value(
        &mut self,
        field: &'static str,
        variable: &'static str,
        given: Option<String>,
    ) -> Option<String> {
        given.or_else(|| self.variable(field, variable))
    }

    pub(super) fn secret(
        &mut self,
        field: &'static str,
        variable: &'static str,
        given: Option<SecretString>,
    ) -> Option<SecretString> {
        given.or_else(|| self.variable(field, variable).map(SecretString::from))
    }

    fn required(
        &mut self,
        field: &'static str,
        variable: &'static str,
        given: Option<String>,
        example: &str,
    ) -> Option<String> {
        let before = self.found.len();
        let value = self.value(field, variable, given);
        if value.is_none() && self.found.len() == before {
            self.add(
                field,
                Some(variable),
                format!("is missing; set it, for example to {example}"),
            );
        }
        value
    }
}

/// Scopes that can stand in a challenge ([RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).
fn checked_scopes(scopes: Vec<String>) -> Result<Vec<String>, Problem> {
    if scopes.is_empty() {
        return Err("is empty, which clients take for a request without scopes; leave it out for the default".to_owned());
    }
    for scope in &scopes {
        if !is_scope(scope) {
            return Err(format!(
                "has {}, which is not a scope: printable ASCII without spaces, quotes and backslashes",
                shown(scope)
            ));
        }
        if matches!(scope.as_str(), "*" | "all" | "full-access") {
            return Err(format!(
                "has {scope:?}, which asks for everything; name the scopes"
            ));
        }
    }
    Ok(scopes)
}

fn port(value: &str) -> Result<u16, Problem> {
    value
        .parse()
        .map_err(|_| format!("is {}, which is not a port number", shown(value)))
}

fn listen_address(value: &str, default_port: u16) -> Result<String, Problem> {
    let bare_ipv6 = value.parse::<std::net::Ipv6Addr>().is_ok();
    let authority = if bare_ipv6 {
        Authority::parse(&format!("[{value}]"))
    } else {
        Authority::parse(value)
    };
    authority
        // A port alone would pass for a host, and so would a key.
        .filter(|authority| authority.host.parse::<u32>().is_err())
        .filter(|authority| !is_secret_key(&authority.host))
        .map(|authority| {
            format!(
                "{}:{}",
                authority.host,
                authority.port.unwrap_or(default_port)
            )
        })
        .ok_or_else(|| {
            format!(
                "is {}, which cannot be listened on; write host:port, such as 127.0.0.1:3000",
                shown(value)
            )
        })
}

fn default_origins(resource: &Resource) -> Vec<AllowedOrigin> {
    let loopback = ["http://localhost:*", "http://127.0.0.1:*"];
    std::iter::once(resource.origin.as_str())
        .chain(loopback.into_iter().filter(|_| resource.loopback))
        .filter_map(|origin| AllowedOrigin::parse(origin).ok())
        .collect()
}

fn default_hosts(resource: &Resource) -> Vec<AllowedHost> {
    let own = match resource.explicit_port {
        Some(port) => AllowedHost::parse(&format!("{}:{port}", resource.host)).ok(),
        None => Some(AllowedHost::any_port(&resource.host)),
    };
    own.into_iter()
        .chain(["localhost", "127.0.0.1", "[::1]"].map(AllowedHost::any_port))
        .collect()
}

fn default_bind(resource: &Resource, port: Option<u16>) -> String {
    if resource.loopback {
        // "localhost" may resolve to ::1 alone, which clients of 127.0.0.1 would not reach.
        let host = if resource.host == "localhost" {
            "127.0.0.1"
        } else {
            &resource.host
        };
        format!("{host}:{}", resource.port)
    } else {
        format!("0.0.0.0:{}", port.unwrap_or(8080))
    }
}
