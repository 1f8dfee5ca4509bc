//! What is printed at the start: variables to paste, and who and what is there to try.
//!
//! All else is a comment, so that all of it can be pasted at once.

use std::io::{self, Write};

use workos_mcp_emulator::{Application, Emulator, MembershipStatus, Organization, User};

use crate::token_request::PrintedToken;

pub(crate) fn introduce(
    emulator: &Emulator,
    tokens: &[PrintedToken],
    out: &mut impl Write,
) -> io::Result<()> {
    variables(emulator, out)?;
    for (place, PrintedToken { token, description }) in tokens.iter().enumerate() {
        writeln!(out, "\n# {description}")?;
        match place {
            0 => writeln!(out, "TOKEN={token}")?,
            place => writeln!(out, "TOKEN_{}={token}", place + 1)?,
        }
    }
    let mut users = Table::new(["user", "id"]);
    for user in emulator.users() {
        users.row([user.email(), user.id()]);
    }
    users.write(out)?;
    organizations(emulator).write(out)?;
    let mut applications = Table::new(["application", "kind", "id", "secret"]);
    for application in emulator.applications() {
        let secret = application.secret().unwrap_or("none");
        applications.row([
            application.name(),
            kind(&application),
            application.id(),
            secret,
        ]);
    }
    applications.write(out)?;
    writeln!(
        out,
        "\n# people sign in on a page; login_hint=EMAIL in the authorization URL skips it; Ctrl-C stops"
    )
}

fn variables(emulator: &Emulator, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "# For a .env file, or a shell after `set -a`:")?;
    writeln!(out, "WORKOS_AUTHKIT_DOMAIN={}", emulator.issuer())?;
    writeln!(out, "WORKOS_API_URL={}", emulator.url())?;
    writeln!(out, "WORKOS_API_KEY={}", emulator.api_key())?;
    writeln!(out, "WORKOS_CLIENT_ID={}", emulator.client_id())?;
    let resources = emulator.resources();
    if let Some((base, path)) = resources.first().and_then(|url| base_url(url)) {
        writeln!(out, "BASE_URL={base}")?;
        if path != DEFAULT_PATH {
            writeln!(out, "# with mcp_path: {path:?}")?;
        }
    }
    if resources.is_empty() {
        writeln!(
            out,
            "# no resources, so tokens are for WORKOS_CLIENT_ID; add --resource URL"
        )?;
    } else {
        writeln!(out, "# resources: {}", resources.join(", "))?;
    }
    let scopes = emulator.scopes();
    writeln!(out, "# scopes: {}", scopes.join(", "))
}

const DEFAULT_PATH: &str = "/mcp";

/// A resource indicator as the two that a server is told.
fn base_url(resource: &str) -> Option<(&str, &str)> {
    if let Some(base) = resource.strip_suffix(DEFAULT_PATH) {
        return Some((base, DEFAULT_PATH));
    }
    let authority = resource.find("://")? + "://".len();
    let path = resource[authority..]
        .find('/')
        .map(|place| authority + place);
    let (base, path) = resource.split_at(path.unwrap_or(resource.len()));
    Some((base, if path.is_empty() { "/" } else { path }))
}

/// Each organization with the roles that it knows or somebody has in it.
fn organizations(emulator: &Emulator) -> Table<4> {
    let users = emulator.users();
    let roles = emulator.roles();
    let mut table = Table::new(["organization", "id", "role", "members"]);
    for organization in emulator.organizations() {
        let known = roles
            .iter()
            .filter(|role| {
                role.organization_id()
                    .is_none_or(|id| id == organization.id())
            })
            .map(|role| role.slug().to_owned());
        let mut slugs: Vec<String> = known.collect();
        for membership in users.iter().flat_map(User::memberships) {
            let here = membership.organization_id() == organization.id();
            if here && !slugs.iter().any(|slug| slug == membership.role()) {
                slugs.push(membership.role().to_owned());
            }
        }
        if slugs.is_empty() {
            table.row([organization.name(), organization.id(), "-", "-"]);
        }
        for (place, slug) in slugs.iter().enumerate() {
            let [name, id] = match place {
                0 => [organization.name(), organization.id()],
                _ => ["", ""],
            };
            table.row([name, id, slug, &members(&users, &organization, slug)]);
        }
    }
    table
}

fn members(users: &[User], organization: &Organization, role: &str) -> String {
    let members = users.iter().flat_map(|user| {
        let memberships = user.memberships().iter();
        memberships
            .filter(|one| one.organization_id() == organization.id() && one.role() == role)
            .map(|one| match one.status() {
                MembershipStatus::Active => user.email().to_owned(),
                _ => format!("{} (not active)", user.email()),
            })
    });
    let members: Vec<String> = members.collect();
    if members.is_empty() {
        "-".to_owned()
    } else {
        members.join(", ")
    }
}

fn kind(application: &Application) -> &'static str {
    match application.organization_id() {
        Some(_) => "machine-to-machine",
        None => "OAuth",
    }
}

/// Columns below a heading.
struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    fn new(heading: [&str; COLUMNS]) -> Self {
        Self {
            rows: vec![heading.map(str::to_owned)],
        }
    }

    fn row(&mut self, cells: [&str; COLUMNS]) {
        self.rows.push(cells.map(str::to_owned));
    }

    /// Nothing for a table without rows.
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if self.rows.len() == 1 {
            return Ok(());
        }
        writeln!(out, "#")?;
        let mut widths = [0; COLUMNS];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &self.rows {
            let padded = row.iter().zip(widths);
            let cells: Vec<String> = padded
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            writeln!(out, "#  {}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use workos_mcp_emulator::{Emulator, MembershipStatus, Organization, Role, User};

    use super::{base_url, organizations};

    #[test]
    fn a_resource_is_a_base_url_and_a_path() {
        for (resource, base, path) in [
            ("http://localhost:8000/mcp", "http://localhost:8000", "/mcp"),
            (
                "https://a.example/team/mcp",
                "https://a.example/team",
                "/mcp",
            ),
            (
                "https://a.example/v1/tools",
                "https://a.example",
                "/v1/tools",
            ),
            ("https://a.example", "https://a.example", "/"),
        ] {
            assert_eq!(base_url(resource), Some((base, path)), "{resource}");
        }
        assert_eq!(base_url("urn:a"), None);
    }

    #[tokio::test]
    async fn every_organization_shows_its_roles_and_their_members() -> std::io::Result<()> {
        let empty = r#"{ "organizations": [], "users": [], "roles": [] }"#;
        let peter = User::new("peter@initech.example")
            .member_of("org_1", "clerk")
            .member_with("org_2", "ghost", MembershipStatus::Inactive);
        let emulator = Emulator::builder()
            .seed(empty)?
            .organization(Organization::new("Initech").with_id("org_1"))
            .organization(Organization::new("Globex").with_id("org_2"))
            .role(Role::new("admin"))
            .role(Role::new("clerk").of_organization("org_1"))
            .user(peter)
            .user(User::new("sam@initech.example").member_of("org_1", "clerk"))
            .start()
            .await?;
        let mut shown = Vec::new();
        organizations(&emulator).write(&mut shown)?;
        let expected = "\
#
#  organization  id     role   members
#  Initech       org_1  admin  -
#                       clerk  peter@initech.example, sam@initech.example
#  Globex        org_2  admin  -
#                       ghost  peter@initech.example (not active)
";
        assert_eq!(String::from_utf8_lossy(&shown), expected);
        Ok(())
    }
}
