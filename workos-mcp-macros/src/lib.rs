//! The macros of `workos-mcp`; use them through that crate.

mod diagnostics;
#[cfg(test)]
mod expansions;
mod nearest;
mod paths;
#[cfg(test)]
mod properties;
mod public;
mod requires_session;
mod rule;
mod tool_fn;
mod workos_provider;
mod workos_user;

use proc_macro::TokenStream;

/// Configures a `Provider`: `Result<Provider, ConfigError>`.
///
/// ```ignore
/// use workos_mcp::workos_provider;
///
/// let provider = workos_provider! {
///     authkit_domain: "your-app.authkit.app",
///     base_url: "https://mcp.example.com",
///     docs_url: "https://example.com/docs",
/// }?;
/// ```
///
/// Every field can be left out and then comes from the environment, or has a default. So a server
/// that is configured by variables alone writes `workos_provider! {}?`.
///
/// It is the same as calling the methods of `Provider::builder()` by these names, then `build()`.
/// Values are ordinary expressions, in which `?` and `.await` work.
///
/// # Fields
///
/// | field | value | when left out |
/// |---|---|---|
/// | `authkit_domain` | the AuthKit domain, as the WorkOS dashboard shows it: `"your-app.authkit.app"` | `WORKOS_AUTHKIT_DOMAIN`; required |
/// | `base_url` | where clients reach this server, without the MCP path: `"https://mcp.example.com"` | `BASE_URL`; required |
/// | `api_key` | the secret key of the WorkOS environment; never a literal | `WORKOS_API_KEY`; needed by calls of the WorkOS API and `api_keys` only |
/// | `session_key` | the secret that session ids and task ids are bound with; never a literal | `WORKOS_MCP_SESSION_KEY`, else the API key |
/// | `previous_session_key` | the one before the last change; never a literal | `WORKOS_MCP_PREVIOUS_SESSION_KEY`, else none |
/// | `client_id` | the client id of the WorkOS environment: `"client_…"` | `WORKOS_CLIENT_ID`; needed with `audience: client_id` and `machines` only |
/// | `docs_url` | documentation of the server, for people | none |
/// | `mcp_path` | the path of the MCP endpoint behind `base_url` | `"/mcp"` |
/// | `local_path` | the same path as requests reach this process, where a gateway strips a part of it | the path that clients see |
/// | `api_url` | another host of the WorkOS API | `WORKOS_API_URL`, else `"https://api.workos.com"` |
/// | `audience` | which `aud` a token must carry: the word `resource` or `client_id`, or an `Audience` | `resource` |
/// | `client_ids` | the OAuth clients whose users are let in | any |
/// | `machines` | the machine-to-machine applications that are let in, by their client ids | none |
/// | `api_keys` | the permission by which API keys of WorkOS are let in as callers: `"mcp:use"` | no keys |
/// | `scopes` | the scopes that clients are told to ask for | `["openid", "profile", "email", "offline_access"]` |
/// | `allowed_origins` | the browser origins that may call | the origin of `base_url`, and loopback if that is loopback |
/// | `allowed_hosts` | the hosts that requests may name in `Host` | the host of `base_url` and the loopback names |
/// | `mirror_metadata` | whether AuthKit's metadata is served for older clients too | `true` |
/// | `bind` | the address that `Provider::serve` listens on: `"127.0.0.1:3000"` | `BIND`, else what `base_url` and `PORT` say |
/// | `anonymous` | whether callers without a token are let in: the word `refuse` or `allow`, or an `Anonymous` | `refuse` |
/// | `refusal` | how a tool refuses who has to sign in: the word `challenge` (HTTP, for Claude and the SDKs) or `tool_result` (for ChatGPT), or a `RefusalForm` | `challenge` |
/// | `require` | who may use the server at all, a `Rule` | everybody who signs in |
/// | `tool_rules`, `prompt_rules` | rules by name, for what carries no attribute: pairs of a name and a `Rule` | none |
/// | `resource_rules` | rules of resources: pairs of a URI or a URI template and a `Rule` | none |
/// | `scope_hierarchy` | scopes that imply others: pairs of the broader and the narrower one | none |
/// | `limits` | the bounds of sizes, counts and times, a `Limits` | `Limits::default()` |
///
/// Where `workos-mcp` has another name, or comes through another crate, say so with
/// `crate = ::path::to::workos_mcp` among the fields.
///
/// # Errors
///
/// One `ConfigError` with every missing or bad value and its variable.
///
/// What can be seen in the source does not compile: an unknown field, a field set twice, a secret key
/// in the source, a literal of the wrong type, and a literal URL or path that cannot work. All of it is
/// reported at once:
///
/// ```text
/// error: unknown field `doc_url`; did you mean `docs_url`?
///  --> src/main.rs:6:9
///   |
/// 6 |         doc_url: "https://example.com/docs",
///   |         ^^^^^^^
///
/// error: a secret key must not stand in the source; leave `api_key` out to read WORKOS_API_KEY, or read the key at run time
///  --> src/main.rs:7:18
///   |
/// 7 |         api_key: "sk_live_…",
///   |                  ^^^^^^^^^^^
///
/// error: `base_url` must begin with `https://`; `http://` is for loopback addresses only, such as `http://localhost:3000`
///  --> src/main.rs:8:19
///   |
/// 8 |         base_url: "http://mcp.example.com",
///   |                   ^^^^^^^^^^^^^^^^^^^^^^^^
/// ```
#[proc_macro]
pub fn workos_provider(input: TokenStream) -> TokenStream {
    shown(workos_provider::expand(input.into())).into()
}

/// Guards a function, and binds its `Session` or `Principal` parameter.
///
/// ```ignore
/// /// Deletes a widget.
/// #[requires_session(role = "admin")]
/// #[tool]
/// async fn delete_widget(&self, Parameters(widget): Parameters<Widget>, session: Session) -> Result<String, Error> {
///     Ok(format!("{} deleted by {}", widget.id, session.user_id()))
/// }
/// ```
///
/// Put it **above** `#[tool]` or `#[prompt]`, on a method of `impl ServerHandler` such as `read_resource`, or on any
/// other function that runs for a request, axum handlers among them; `async` or not. Name, documentation,
/// attributes, return type and the schemas of a tool stay as they are. On a trait's default method it guards that
/// method only: an implementation that overrides it needs a guard of its own.
///
/// # Parameters
///
/// A parameter whose type's last path segment is `Session` is taken out of the signature and bound to the caller's
/// session; the function is for users only then, and so it is without such a parameter. Take `Principal` in a function that
/// machines and holders of API keys may call too: it is bound to whoever calls, of whatever kind.
///
/// Take `Option<Session>` or `Option<Principal>` in a function that also runs signed out: it is not guarded then.
///
/// # Arguments
///
/// | argument | what must hold, besides that somebody is signed in |
/// |---|---|
/// | `organization` | the session is scoped to an organization |
/// | `organization = "org_…"`, `organizations("org_…", "org_…")` | the session is scoped to one of these |
/// | `role = "…"`, `roles("…", "…")` | the user has one of these roles in the session's organization |
/// | `permission = "…"`, `permissions("…", "…")` | the user has all of these permissions in the session's organization |
/// | `scope = "…"`, `scopes("…", "…")` | the token was granted all of these scopes |
/// | `feature_flag = "…"`, `feature_flags("…", "…")` | all of these feature flags are on |
/// | `any(…, …)` | at least one of the rules inside |
/// | `all(…, …)` | all of the rules inside; for use in `any` |
///
/// All arguments must hold, and all of several attributes. Values are string literals or constants of the type `&str`.
/// `any` and `all` nest:
///
/// ```ignore
/// #[requires_session(organization, any(role = "admin", all(permission = "widgets:delete", scope = "widgets")))]
/// ```
///
/// Where the token carries a claim for roles, permissions or feature flags, the claim is final, even an empty one. AuthKit's
/// tokens for MCP clients carry them only where a JWT template of the environment adds them. Else the WorkOS API is
/// asked, and the answer is remembered for a minute. So a function with such a rule is `async`, or a tool or prompt: the
/// server asks before it calls those. While WorkOS cannot be asked the call is refused with an error that says to retry.
/// Scopes come from the token alone.
///
/// A caller who lacks nothing but scopes gets an HTTP 403 challenge that names them, with which an MCP client asks its
/// user for more. For every other caller whom the rule refuses, a tool or prompt is not in the list and answers as one that does
/// not exist.
///
/// `crate = ::path::to::workos_mcp` names the library where it has another name.
///
/// # Expansion
///
/// The function above becomes:
///
/// ```ignore
/// /// Deletes a widget.
/// #[tool(meta = ::workos_mcp::__private::only_rule(&[::workos_mcp::__private::Need::Roles(::workos_mcp::__private::Names::Listed(&["admin"]))]))]
/// async fn delete_widget(&self, Parameters(widget): Parameters<Widget>) -> Result<String, Error> {
///     let guarded = match ::workos_mcp::__private::guard(&[::workos_mcp::__private::Need::Roles(::workos_mcp::__private::Names::Listed(&["admin"]))]).await {
///         ::core::result::Result::Ok(value) => value,
///         ::core::result::Result::Err(error) => {
///             return <Result<String, Error> as ::workos_mcp::Refusal>::refuse(error);
///         }
///     };
///     let session: Session = guarded;
///     Ok(format!("{} deleted by {}", widget.id, session.user_id()))
/// }
/// ```
///
/// `guard` reads the task-local of the request that is being served. Where there is nothing to ask WorkOS, and in a
/// synchronous function, it is `guard_now(…)` without `.await`. The metadata lets the server refuse a call before its
/// arguments are decoded; no client sees it. Set `WORKOS_MCP_MACROS_DEBUG=1` to have every
/// expansion printed while the crate compiles.
///
/// # Errors
///
/// The function returns the refusal by [`Refusal`](../workos_mcp/trait.Refusal.html): outside of a guarded request
/// `Session not initialized: …` and what to check, else what is missing.
///
/// Arguments that cannot be meant do not compile, and neither does a return type that cannot carry a refusal:
///
/// ```text
/// error: a second `role`; write `roles("admin", "editor")` if one of them is enough, or `all(role = "admin", role = "editor")` if both are needed
///   |
/// 3 | #[requires_session(role = "admin", role = "editor")]
///   |                                    ^^^^
///
/// error[E0277]: `String` cannot carry the refusal of a guarded function
///   |
/// 9 |     async fn whoami(&self, session: Session) -> String {
///   |                                                 ^^^^^^ this return type has no way to say "not allowed"
///   |
///   = note: return `Result<_, E>` where `E: From<workos_mcp::Error>`, such as `Result<_, workos_mcp::Error>`, or `CallToolResult`
/// ```
#[proc_macro_attribute]
pub fn requires_session(arguments: TokenStream, item: TokenStream) -> TokenStream {
    shown(requires_session::expand(arguments.into(), &item.into())).into()
}

/// Guards an asynchronous function, and binds its `User` parameter, loaded from the WorkOS API.
///
/// ```ignore
/// /// The address that I signed up with.
/// #[workos_user]
/// #[tool]
/// async fn email(&self, user: User) -> Result<String, Error> {
///     Ok(user.email.clone())
/// }
/// ```
///
/// It takes the arguments of [`macro@requires_session`] and binds a `Session` parameter too. The user is loaded after
/// the arguments hold, and remembered as by `workos_mcp::user()`.
#[proc_macro_attribute]
pub fn workos_user(arguments: TokenStream, item: TokenStream) -> TokenStream {
    shown(workos_user::expand(arguments.into(), &item.into())).into()
}

/// Opens a tool or a prompt to callers who are not signed in, where the provider lets them in with `anonymous: allow`.
///
/// ```ignore
/// /// Searches the catalogue.
/// #[public]
/// #[tool]
/// async fn search(&self, Parameters(search): Parameters<Search>, session: Option<Session>) -> Result<String, Error> {
///     let prices = session.is_some();
///     Ok(self.catalogue.search(&search.words, prices))
/// }
/// ```
///
/// Put it **above** `#[tool]` or `#[prompt]`. It guards nothing, and so it does not stand together with
/// [`macro@requires_session`] or [`macro@workos_user`]. A parameter of the type `Option<Session>` or `Option<Principal>` is taken out
/// of the signature and bound to the caller, if there is one. Without `anonymous: allow` everything needs a token, this too.
///
/// A rule that the provider states for the same name (`tool_rules`, `prompt_rules`) holds besides, and closes it again. Resources are opened
/// by `Rule::public()` in `resource_rules`.
///
/// `crate = ::path::to::workos_mcp` names the library where it has another name.
#[proc_macro_attribute]
pub fn public(arguments: TokenStream, item: TokenStream) -> TokenStream {
    shown(public::expand(arguments.into(), &item.into())).into()
}

/// Prints an expansion for who asked to see it.
#[allow(
    clippy::print_stderr,
    reason = "the compiler's output is where it was asked for"
)]
fn shown(expansion: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    if std::env::var_os("WORKOS_MCP_MACROS_DEBUG").is_some_and(|value| value == "1") {
        eprintln!("{expansion}\n");
    }
    expansion
}
