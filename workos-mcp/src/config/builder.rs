//! The builder of a provider: what the caller says, then what the environment says, then defaults.

use secrecy::SecretString;

use super::{Anonymous, Audience, RefusalForm, rules::Stated};
use crate::{error::ConfigError, limits::Limits, provider::Provider, rule::Rule};

/// Builds a [`Provider`]; [`workos_provider!`](crate::workos_provider) is the same as a macro.
///
/// What is not set is read from the environment when [`build`](Self::build) runs. An empty variable
/// counts as unset.
///
/// ```
/// use workos_mcp::Provider;
///
/// let provider = Provider::builder()
///     .authkit_domain("your-app.authkit.app")
///     .base_url("https://mcp.example.com")
///     .build()?;
/// assert_eq!(provider.mcp_url(), "https://mcp.example.com/mcp");
/// # Ok::<(), workos_mcp::ConfigError>(())
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ProviderBuilder {
    pub(super) api_key: Option<SecretString>,
    pub(super) session_key: Option<SecretString>,
    pub(super) previous_session_key: Option<SecretString>,
    pub(super) client_id: Option<String>,
    pub(super) authkit_domain: Option<String>,
    pub(super) other_authkit_domains: Vec<String>,
    pub(super) base_url: Option<String>,
    pub(super) docs_url: Option<String>,
    pub(super) mcp_path: Option<String>,
    pub(super) local_path: Option<String>,
    pub(super) api_url: Option<String>,
    pub(super) audience: Audience,
    pub(super) client_ids: Option<Vec<String>>,
    pub(super) machines: Option<Vec<String>>,
    pub(super) api_keys: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) allowed_origins: Option<Vec<String>>,
    pub(super) allowed_hosts: Option<Vec<String>>,
    pub(super) mirror_metadata: Option<bool>,
    pub(super) bind: Option<String>,
    pub(super) anonymous: Anonymous,
    pub(super) refusal: RefusalForm,
    pub(super) rules: Stated,
    pub(super) limits: Limits,
}

fn strings(values: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    values.into_iter().map(Into::into).collect()
}

fn ruled(rules: impl IntoIterator<Item = (impl Into<String>, Rule)>) -> Vec<(String, Rule)> {
    rules
        .into_iter()
        .map(|(name, rule)| (name.into(), rule))
        .collect()
}

impl ProviderBuilder {
    /// The secret key of the WorkOS environment, `sk_…`. Else `WORKOS_API_KEY`.
    ///
    /// Only [`user`](crate::user()), [`client`](crate::client), [`api_keys`](Self::api_keys) and rules that have to ask WorkOS use
    /// it; a server without them runs without a key.
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = Some(api_key.into().into());
        self
    }

    /// The secret that session ids and task ids are bound to their owner with, at least 32 bytes. Else
    /// `WORKOS_MCP_SESSION_KEY`. Default: the API key, and without one a key drawn for this process.
    ///
    /// Replicas need the same one. When it changes, sessions of older clients and task ids go on with the old one as
    /// [`previous_session_key`](Self::previous_session_key); without it they have to begin anew.
    pub fn session_key(mut self, session_key: impl Into<String>) -> Self {
        self.session_key = Some(session_key.into().into());
        self
    }

    /// The session key before the last change, or the API key before its last change, for as long as sessions may go on.
    /// Else `WORKOS_MCP_PREVIOUS_SESSION_KEY`. Default: none.
    pub fn previous_session_key(mut self, previous_session_key: impl Into<String>) -> Self {
        self.previous_session_key = Some(previous_session_key.into().into());
        self
    }

    /// The client id of the WorkOS environment, `client_…`. Else `WORKOS_CLIENT_ID`.
    ///
    /// Needed with [`Audience::ClientId`] and with [`machines`](Self::machines) only.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The AuthKit domain, as the WorkOS dashboard shows it: `your-app.authkit.app`, or a custom domain.
    /// Else `WORKOS_AUTHKIT_DOMAIN`. Required.
    ///
    /// Also as a URL; `http://` is accepted for loopback addresses only.
    pub fn authkit_domain(mut self, authkit_domain: impl Into<String>) -> Self {
        self.authkit_domain = Some(authkit_domain.into());
        self
    }

    /// Further AuthKit domains whose tokens are accepted, while an environment moves to a custom domain. Default: none.
    ///
    /// Clients are sent to [`authkit_domain`](Self::authkit_domain) alone; the tokens that they still have of the old domain are
    /// good until they expire. Drop the old domain from the list then. Keys belong to their domain: those of one verify no
    /// token of another. A user of two issuers is two principals, so a session of an older client begins anew.
    ///
    /// ```
    /// use workos_mcp::Provider;
    ///
    /// let provider = Provider::builder()
    ///     .authkit_domain("login.example.com")
    ///     .other_authkit_domains(["your-app.authkit.app"])
    ///     .base_url("https://mcp.example.com")
    ///     .build()?;
    /// # Ok::<(), workos_mcp::ConfigError>(())
    /// ```
    pub fn other_authkit_domains(
        mut self,
        other_authkit_domains: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.other_authkit_domains = strings(other_authkit_domains);
        self
    }

    /// Where clients reach this server, without the MCP path: `https://mcp.example.com`. Else `BASE_URL`. Required.
    ///
    /// Everything that names this server comes from here, never from a request's headers. May have a
    /// path; `http://` is accepted for loopback addresses only.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Documentation of the server, for people; in the metadata as `resource_documentation`. Default: none.
    pub fn docs_url(mut self, docs_url: impl Into<String>) -> Self {
        self.docs_url = Some(docs_url.into());
        self
    }

    /// The path of the MCP endpoint behind [`base_url`](Self::base_url). Default: `/mcp`.
    pub fn mcp_path(mut self, mcp_path: impl Into<String>) -> Self {
        self.mcp_path = Some(mcp_path.into());
        self
    }

    /// The path of the MCP endpoint as requests reach this process, where a gateway in front strips a
    /// part of it. Default: the path that clients see.
    pub fn local_path(mut self, local_path: impl Into<String>) -> Self {
        self.local_path = Some(local_path.into());
        self
    }

    /// Another host of the WorkOS API. Else `WORKOS_API_URL`. Default: `https://api.workos.com`.
    pub fn api_url(mut self, api_url: impl Into<String>) -> Self {
        self.api_url = Some(api_url.into());
        self
    }

    /// Which `aud` a token must carry. Default: [`Audience::Resource`].
    pub fn audience(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }

    /// The OAuth clients whose users are let in (claim `client_id`). Default: any.
    ///
    /// Clients that register themselves have an id that nobody knows before, so this is for servers whose clients are set up
    /// in WorkOS. Machines are listed by [`machines`](Self::machines).
    pub fn client_ids(mut self, client_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.client_ids = Some(strings(client_ids));
        self
    }

    /// The machine-to-machine applications that are let in, by their client ids. Default: none.
    ///
    /// Their access tokens come from AuthKit by client credentials, and are for the whole environment
    /// ([WorkOS, machine-to-machine applications](https://workos.com/docs/authkit/connect/m2m)), so another server of it can replay them here:
    /// list those that this server needs. Needs [`client_id`](Self::client_id). Such a caller is a
    /// [`Principal::Machine`](crate::Principal::Machine), never a [`Session`](crate::Session).
    ///
    /// ```
    /// use workos_mcp::Provider;
    ///
    /// let provider = Provider::builder()
    ///     .authkit_domain("your-app.authkit.app")
    ///     .base_url("https://mcp.example.com")
    ///     .client_id("client_01ENVIRONMENT")
    ///     .machines(["client_01NIGHTLYREPORT"])
    ///     .build()?;
    /// # Ok::<(), workos_mcp::ConfigError>(())
    /// ```
    pub fn machines(mut self, client_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.machines = Some(strings(client_ids));
        self
    }

    /// Lets in callers with an API key of WorkOS as bearer token, if the key has this permission. Default: no keys.
    ///
    /// An organization, or one of its users, makes such keys for its programs and gives them permissions
    /// ([WorkOS, API keys](https://workos.com/docs/authkit/api-keys)). Every key of the environment is known to WorkOS, so it is the
    /// permission that says that a key is for this server: make one for it, such as `mcp:use`. Needs
    /// [`api_key`](Self::api_key), this server's own, to ask WorkOS with.
    ///
    /// The answers of WorkOS are remembered: a revoked key goes on for at most
    /// [`Limits::api_key_ttl`](crate::Limits::api_key_ttl), 60 seconds by default. While WorkOS cannot be asked, keys that
    /// are not remembered get a 503. What has not the shape of a key, `sk_` and letters, digits and underscores, 16 to 256 bytes, is
    /// never sent to WorkOS. Such a caller is a [`Principal::ApiKey`](crate::Principal::ApiKey), never a
    /// [`Session`](crate::Session); it has the permissions of its key, no roles and no scopes.
    ///
    /// ```
    /// use workos_mcp::Provider;
    ///
    /// # fn own_key() -> String { "sk_test_example".to_owned() }
    /// let provider = Provider::builder()
    ///     .authkit_domain("your-app.authkit.app")
    ///     .base_url("https://mcp.example.com")
    ///     .api_key(own_key())
    ///     .api_keys("mcp:use")
    ///     .build()?;
    /// # Ok::<(), workos_mcp::ConfigError>(())
    /// ```
    pub fn api_keys(mut self, permission: impl Into<String>) -> Self {
        self.api_keys = Some(permission.into());
        self
    }

    /// The scopes that clients are told to ask for. Default: `openid profile email offline_access`.
    ///
    /// AuthKit refuses an authorization request without `openid`, and gives no refresh token without
    /// `offline_access`.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = Some(strings(scopes));
        self
    }

    /// The browser origins that may call: `https://app.example.com`, with `:*` for any port.
    /// Default: the origin of [`base_url`](Self::base_url), and on loopback `http://localhost:*` and `http://127.0.0.1:*`.
    ///
    /// A request with another `Origin` is refused; one without (not from a browser) goes on.
    pub fn allowed_origins(
        mut self,
        allowed_origins: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.allowed_origins = Some(strings(allowed_origins));
        self
    }

    /// The hosts that requests may name in `Host`: `mcp.example.com`, with a port only that port.
    /// Default: the host of [`base_url`](Self::base_url) and the loopback names.
    pub fn allowed_hosts(
        mut self,
        allowed_hosts: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.allowed_hosts = Some(strings(allowed_hosts));
        self
    }

    /// Whether AuthKit's authorization server metadata is served at this server's own well-known path,
    /// for clients older than protected resource metadata. Default: `true`.
    ///
    /// Turn it off in an application that is an authorization server itself.
    pub fn mirror_metadata(mut self, mirror_metadata: bool) -> Self {
        self.mirror_metadata = Some(mirror_metadata);
        self
    }

    /// The address that [`Provider::serve`] listens on: `host:port`, or a host alone. Else `BIND`.
    /// Default: host and port of a loopback `base_url`; else `0.0.0.0` and the port in `PORT`, or 8080.
    pub fn bind(mut self, bind: impl Into<String>) -> Self {
        self.bind = Some(bind.into());
        self
    }

    /// Whether callers without an access token are let in. Default: [`Anonymous::Refuse`].
    ///
    /// When they are, they see every list as some user could see it, and use what
    /// [`public`](macro@crate::public) or [`Rule::public`] says is for everybody; for everything else they are asked to sign in, in the
    /// form of [`refusal`](Self::refusal). A bad token is refused as ever, never taken for none. [`require`](Self::require) holds
    /// for who signs in.
    ///
    /// Older clients have no sessions then, since a session would change hands when its client signs in: nothing can be sent
    /// to them but answers. Holds for [`Provider::serve`] and [`Provider::router`]; a route mounted by hand
    /// refuses until its layer is told to [`allow_anonymous`](crate::AuthLayer::allow_anonymous).
    ///
    /// ```
    /// use workos_mcp::{Anonymous, Provider};
    ///
    /// let provider = Provider::builder()
    ///     .authkit_domain("your-app.authkit.app")
    ///     .base_url("https://mcp.example.com")
    ///     .anonymous(Anonymous::Allow)
    ///     .build()?;
    /// # Ok::<(), workos_mcp::ConfigError>(())
    /// ```
    pub fn anonymous(mut self, anonymous: Anonymous) -> Self {
        self.anonymous = anonymous;
        self
    }

    /// How a tool refuses callers who have to sign in, or to be granted more scopes. Default: [`RefusalForm::Challenge`].
    ///
    /// No form serves every client: Claude acts on the HTTP status, ChatGPT on the result. Where there is no tool, as in
    /// refusing every request without a token, it is HTTP in both.
    pub fn refusal(mut self, refusal: RefusalForm) -> Self {
        self.refusal = refusal;
        self
    }

    /// Who may use the server at all, checked on every request. Default: whoever signs in.
    ///
    /// Where sign-up is open, that is anybody. Of several rules all must hold. Who does not meet the rule gets a 403; who only lacks scopes gets
    /// a 403 with the challenge that asks for them.
    ///
    /// ```
    /// use workos_mcp::{Provider, Rule};
    ///
    /// let provider = Provider::builder()
    ///     .authkit_domain("your-app.authkit.app")
    ///     .base_url("https://mcp.example.com")
    ///     .require(Rule::organizations(["org_01ACME", "org_01GLOBEX"]))
    ///     .build()?;
    /// # Ok::<(), workos_mcp::ConfigError>(())
    /// ```
    pub fn require(mut self, rule: Rule) -> Self {
        self.rules.require = Some(match self.rules.require {
            Some(before) => Rule::all([before, rule]),
            None => rule,
        });
        self
    }

    /// Rules of tools by name, for what carries no attribute: hand-written handlers, tools that are added at
    /// run time, rmcp's `SyncTool` and `AsyncTool`. They hold besides those of attributes, and all rules of one name must
    /// hold. Default: none.
    ///
    /// A rule whose name no tool has guards nothing; the log warns of it at the first list of tools.
    ///
    /// ```
    /// use workos_mcp::{Provider, Rule};
    ///
    /// let provider = Provider::builder()
    ///     .authkit_domain("your-app.authkit.app")
    ///     .base_url("https://mcp.example.com")
    ///     .tool_rules([("delete-widget", Rule::role("admin")), ("export", Rule::scope("reports:export"))])
    ///     .build()?;
    /// # Ok::<(), workos_mcp::ConfigError>(())
    /// ```
    pub fn tool_rules(
        mut self,
        rules: impl IntoIterator<Item = (impl Into<String>, Rule)>,
    ) -> Self {
        self.rules.tools.extend(ruled(rules));
        self
    }

    /// Rules of prompts by name; see [`tool_rules`](Self::tool_rules). Default: none.
    pub fn prompt_rules(
        mut self,
        rules: impl IntoIterator<Item = (impl Into<String>, Rule)>,
    ) -> Self {
        self.rules.prompts.extend(ruled(rules));
        self
    }

    /// Rules of resources by URI, or by URI template, in which each expression in braces stands for any text.
    /// Default: none.
    ///
    /// They hold for reading, listing, subscribing and completing. Every rule whose template fits a URI must hold.
    /// Letter case, percent-encoding, empty and dot segments, user, port, query and fragment make no difference. A URI of more than 8 KiB, or one that is
    /// encoded more than four times over, fits every template.
    ///
    /// [`Rule::public`] opens instead of closing, and so it is taken to the letter: letter case counts, and the text of an expression has no
    /// percent-encoding, query, fragment, empty or dot segment; only `{+name}` and `{/name}` go over several segments.
    ///
    /// Where there are such rules, a handler that says resource-not-found is answered for in rmcp's words, so that what is
    /// hidden and what is not there sound alike. Say it with [`ErrorData::resource_not_found`](rmcp::ErrorData::resource_not_found).
    ///
    /// ```
    /// use workos_mcp::{Provider, Rule};
    ///
    /// let provider = Provider::builder()
    ///     .authkit_domain("your-app.authkit.app")
    ///     .base_url("https://mcp.example.com")
    ///     .resource_rules([("payroll://{employee}", Rule::permission("payroll:read"))])
    ///     .build()?;
    /// # Ok::<(), workos_mcp::ConfigError>(())
    /// ```
    pub fn resource_rules(
        mut self,
        rules: impl IntoIterator<Item = (impl Into<String>, Rule)>,
    ) -> Self {
        self.rules.resources.extend(ruled(rules));
        self
    }

    /// Scopes that imply others, as pairs of the broader and the narrower one; what the narrower implies is
    /// implied too. Default: none.
    ///
    /// A token with the broader scope then meets a rule that asks for the narrower
    /// ([MCP, scope challenge handling](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization)).
    ///
    /// ```
    /// use workos_mcp::Provider;
    ///
    /// let provider = Provider::builder()
    ///     .authkit_domain("your-app.authkit.app")
    ///     .base_url("https://mcp.example.com")
    ///     .scope_hierarchy([("reports:admin", "reports:write"), ("reports:write", "reports:read")])
    ///     .build()?;
    /// # Ok::<(), workos_mcp::ConfigError>(())
    /// ```
    pub fn scope_hierarchy(
        mut self,
        pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let pairs = pairs.into_iter();
        let pairs = pairs.map(|(broader, narrower)| (broader.into(), narrower.into()));
        self.rules.scope_hierarchy.extend(pairs);
        self
    }

    /// The bounds of sizes, counts and times. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Validates everything and puts the parts together. Nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// One [`ConfigError`] with every missing or bad value.
    pub fn build(self) -> Result<Provider, ConfigError> {
        Provider::from_config(self.validate(&|variable| std::env::var_os(variable))?)
    }
}

/// Never the values: one of them is a secret.
impl std::fmt::Debug for ProviderBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderBuilder").finish_non_exhaustive()
    }
}
