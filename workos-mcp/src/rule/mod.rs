//! The rule that an attribute or a builder states, and how it is judged.

mod guard;
mod judge;
mod need;
#[cfg(feature = "__fuzz")]
pub(crate) mod properties;
#[cfg_attr(
    not(feature = "rmcp"),
    expect(dead_code, reason = "only an rmcp handler has resources")
)]
mod public_uri;
#[cfg_attr(
    not(feature = "rmcp"),
    expect(dead_code, reason = "only an rmcp handler has resources")
)]
mod resource_uri;
#[cfg_attr(
    not(feature = "rmcp"),
    expect(dead_code, reason = "only an rmcp handler has resources")
)]
mod uri_pattern;
mod verdict;

use std::fmt;

pub use guard::{
    guard, guard_now, guard_principal, guard_principal_now, optional_principal, optional_session,
};
pub(crate) use judge::{Judgement, judge, judge_now, told, unmet_rule};
pub use need::{Names, Need, Needs};
#[cfg(feature = "rmcp")]
pub(crate) use need::{are_public, questions_of};
pub(crate) use public_uri::PublicUri;
#[cfg(feature = "rmcp")]
pub(crate) use resource_uri::ResourceUri;
pub(crate) use uri_pattern::UriPattern;
pub(crate) use verdict::{Facts, Verdict, verdict};

/// What must hold of a caller, besides that somebody is signed in: the arguments of
/// [`requires_session`](macro@crate::requires_session) as a value.
///
/// For a whole server ([`ProviderBuilder::require`](crate::ProviderBuilder::require)), for what carries no attribute
/// ([`tool_rules`](crate::ProviderBuilder::tool_rules) and its kin), and for code that decides while it
/// runs ([`Session::check`](crate::Session::check)).
///
/// ```
/// use workos_mcp::{Error, Rule, session};
///
/// async fn my_tool(to_everybody: bool) -> Result<&'static str, Error> {
///     if to_everybody {
///         let rule = Rule::any([Rule::role("admin"), Rule::permission("reports:publish")]);
///         session()?.check(&rule).await?;
///     }
///     Ok("published")
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use = "a rule does nothing until it is checked"]
pub struct Rule(Need<'static>);

fn names(names: impl IntoIterator<Item = impl Into<String>>) -> Names<'static> {
    Names::Owned(
        names
            .into_iter()
            .map(|name| name.into().into_boxed_str())
            .collect(),
    )
}

fn needs(rules: impl IntoIterator<Item = Rule>) -> Needs<'static> {
    Needs::Owned(rules.into_iter().map(|rule| rule.0).collect())
}

impl Rule {
    /// It is for callers who are not signed in, too, where the provider lets them in; see
    /// [`ProviderBuilder::anonymous`](crate::ProviderBuilder::anonymous). What has another rule besides is for who signs in.
    ///
    /// ```
    /// use workos_mcp::{Anonymous, Provider, Rule};
    ///
    /// let provider = Provider::builder()
    ///     .authkit_domain("your-app.authkit.app")
    ///     .base_url("https://mcp.example.com")
    ///     .anonymous(Anonymous::Allow)
    ///     .resource_rules([("docs://{page}", Rule::public())])
    ///     .build()?;
    /// # Ok::<(), workos_mcp::ConfigError>(())
    /// ```
    pub fn public() -> Self {
        Self(Need::Public)
    }

    /// The caller is a user: no machine, and no holder of an API key.
    ///
    /// For what carries no attribute, where [`machines`](crate::ProviderBuilder::machines) or
    /// [`api_keys`](crate::ProviderBuilder::api_keys) lets programs in; a function that takes a
    /// [`Session`](crate::Session) is for users anyway.
    pub fn user() -> Self {
        Self(Need::User)
    }

    /// The session is scoped to an organization, whichever.
    pub fn organization() -> Self {
        Self(Need::Organization)
    }

    /// The session is scoped to one of these organizations, `org_…`.
    pub fn organizations(ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Need::Organizations(names(ids)))
    }

    /// The user has this role in the session's organization.
    pub fn role(role: impl Into<String>) -> Self {
        Self::roles([role])
    }

    /// The user has one of these roles in the session's organization.
    pub fn roles(roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Need::Roles(names(roles)))
    }

    /// The user has this permission in the session's organization.
    pub fn permission(permission: impl Into<String>) -> Self {
        Self::permissions([permission])
    }

    /// The user has all of these permissions in the session's organization.
    pub fn permissions(permissions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Need::Permissions(names(permissions)))
    }

    /// The access token was granted this scope.
    pub fn scope(scope: impl Into<String>) -> Self {
        Self::scopes([scope])
    }

    /// The access token was granted all of these scopes.
    pub fn scopes(scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Need::Scopes(names(scopes)))
    }

    /// This feature flag is on.
    pub fn feature_flag(flag: impl Into<String>) -> Self {
        Self::feature_flags([flag])
    }

    /// All of these feature flags are on.
    pub fn feature_flags(flags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Need::FeatureFlags(names(flags)))
    }

    /// At least one of these rules holds. Of no rules, none does.
    pub fn any(rules: impl IntoIterator<Item = Self>) -> Self {
        Self(Need::Any(needs(rules)))
    }

    /// All of these rules hold. Of no rules, that is never so either.
    pub fn all(rules: impl IntoIterator<Item = Self>) -> Self {
        Self(Need::All(needs(rules)))
    }

    pub(crate) fn need(&self) -> &Need<'static> {
        &self.0
    }

    /// What is wrong with the rule itself, for who configures it.
    pub(crate) fn problem(&self) -> Option<String> {
        let mut problem = self
            .0
            .has_nothing()
            .then(|| "has an `any` or `all` of no rules; it would never hold".to_owned());
        if self.0.has_public_part() {
            problem = Some(
                "has `Rule::public` inside of another rule, which would let in anybody or say nothing; write it alone"
                    .to_owned(),
            );
        }
        self.0.leaves(&mut |leaf| {
            let (names, fits): (_, Fits) = match leaf {
                Need::Organizations(names) => (names, organization_id),
                Need::Scopes(names) => (names, scope),
                Need::Roles(names) | Need::Permissions(names) | Need::FeatureFlags(names) => {
                    (names, name)
                }
                Need::Public | Need::User | Need::Organization | Need::Any(_) | Need::All(_) => {
                    return;
                }
            };
            if names.iter().next().is_none() {
                problem =
                    Some("has a rule that names nothing; it needs at least one name".to_owned());
            }
            for name in names.iter() {
                if name.is_empty() {
                    problem = Some("has a rule with an empty name".to_owned());
                } else if let Err(wrong) = fits(name) {
                    problem = Some(format!("has a rule with `{name}`: {wrong}"));
                }
            }
        });
        problem
    }
}

type Fits = fn(&str) -> Result<(), &'static str>;

fn name(name: &str) -> Result<(), &'static str> {
    if name.contains(char::is_whitespace) {
        Err("a name has no spaces")
    } else {
        Ok(())
    }
}

fn organization_id(id: &str) -> Result<(), &'static str> {
    if id.starts_with("org_") {
        name(id)
    } else {
        Err("an organization id begins with `org_`")
    }
}

fn scope(scope: &str) -> Result<(), &'static str> {
    if is_scope(scope) {
        Ok(())
    } else {
        Err("a scope is printable ASCII without spaces, quotes and backslashes")
    }
}

/// The characters of a scope, [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).
pub(crate) fn is_scope(scope: &str) -> bool {
    !scope.is_empty()
        && scope
            .bytes()
            .all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

impl From<Rule> for Need<'static> {
    fn from(rule: Rule) -> Self {
        rule.0
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
