//! What `--token` asks for.

use std::str::FromStr;

use workos_mcp_emulator::{Emulator, MembershipStatus, Organization, User};

/// `EMAIL[,organization=NAME][,scope=NAME]…`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TokenRequest {
    email: String,
    organization: Option<String>,
    scopes: Vec<String>,
}

/// A token, and for whom it is.
pub(crate) struct PrintedToken {
    pub(crate) token: String,
    pub(crate) description: String,
}

impl FromStr for TokenRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let email = parts.next().unwrap_or_default().to_owned();
        if email.is_empty() || email.contains('=') {
            return Err("begin with an email address, such as ada@example.com".to_owned());
        }
        let mut request = Self {
            email,
            organization: None,
            scopes: Vec::new(),
        };
        for part in parts {
            match part.split_once('=') {
                Some(("organization", name)) if request.organization.is_none() => {
                    request.organization = Some(name.to_owned());
                }
                Some(("organization", _)) => {
                    return Err("name one organization: a token has no more".to_owned());
                }
                Some(("scope", name)) => request.scopes.push(name.to_owned()),
                _ => return Err(format!("{part:?} is neither organization=… nor scope=…")),
            }
        }
        Ok(request)
    }
}

impl TokenRequest {
    /// The token for the first resource.
    pub(crate) fn token(&self, emulator: &Emulator) -> Result<PrintedToken, String> {
        let user = self.user(emulator)?;
        let mut token = emulator.token(&user);
        let mut description = self.email.clone();
        if let Some((id, name)) = self.organization(emulator, &user)? {
            token = token.organization(id);
            description = format!("{description} in {name}");
        }
        let scope = self.scope(emulator)?;
        let claims = token.claims();
        let audience = claims["aud"].as_str().unwrap_or_default();
        let seconds = claims["exp"].as_i64().zip(claims["iat"].as_i64());
        let seconds = seconds.map_or(0, |(expiry, issued)| expiry - issued);
        let description =
            format!("{description}, for {audience}, for {seconds} s, with the scopes {scope}");
        Ok(PrintedToken {
            token: token.scope(scope).build(),
            description,
        })
    }

    fn user(&self, emulator: &Emulator) -> Result<User, String> {
        let users = emulator.users();
        let found = users.iter().find(|user| user.email() == self.email);
        found.cloned().ok_or_else(|| {
            let emails: Vec<&str> = users.iter().map(User::email).collect();
            format!(
                "--token {}: no such user; there are {}",
                self.email,
                emails.join(", ")
            )
        })
    }

    /// The id and the name of the organization that is asked for, else of the one that a sign-in
    /// would take.
    fn organization(
        &self,
        emulator: &Emulator,
        user: &User,
    ) -> Result<Option<(String, String)>, String> {
        let organizations = emulator.organizations();
        let mut active = user
            .memberships()
            .iter()
            .filter(|membership| membership.status() == MembershipStatus::Active)
            .map(|membership| {
                let id = membership.organization_id();
                let known = organizations.iter().find(|known| known.id() == id);
                (
                    id.to_owned(),
                    known.map_or(id, Organization::name).to_owned(),
                )
            });
        let Some(asked) = &self.organization else {
            return Ok(active.next());
        };
        let found = active.find(|(id, name)| id == asked || name == asked);
        found.map(Some).ok_or_else(|| {
            format!(
                "--token {}: not an active member of {asked}, by id or name",
                self.email
            )
        })
    }

    fn scope(&self, emulator: &Emulator) -> Result<String, String> {
        let known = emulator.scopes();
        if let Some(unknown) = self.scopes.iter().find(|scope| !known.contains(scope)) {
            return Err(format!(
                "--token {}: the environment has no scope {unknown}; add --scope {unknown}",
                self.email
            ));
        }
        let standard = "openid profile email offline_access";
        let custom = self.scopes.iter().map(String::as_str);
        let custom = custom.filter(|name| !standard.split(' ').any(|known| known == *name));
        Ok([standard]
            .into_iter()
            .chain(custom)
            .collect::<Vec<_>>()
            .join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::TokenRequest;

    #[test]
    fn a_token_is_asked_for_with_what_it_is_to_say() {
        let read = |text: &str| text.parse::<TokenRequest>();
        let request = read("ada@example.com,scope=a:b,organization=Acme,scope=c");
        assert_eq!(
            request,
            Ok(TokenRequest {
                email: "ada@example.com".to_owned(),
                organization: Some("Acme".to_owned()),
                scopes: vec!["a:b".to_owned(), "c".to_owned()],
            })
        );
        for wrong in [
            "",
            "scope=a",
            "ada@example.com,",
            "ada@example.com,Acme",
            "ada@example.com,role=admin",
            "ada@example.com,organization=Acme,organization=Globex",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
