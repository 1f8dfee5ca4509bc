//! The macros of `workos-mcp`; use them through that crate.

mod diagnostics;
mod paths;
mod requirement;
mod requires_session;
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
/// | `api_key` | the secret key of the WorkOS environment; never a literal | `WORKOS_API_KEY`; needed by calls of the WorkOS API only |
/// | `client_id` | the client id of the WorkOS environment: `"client_…"` | `WORKOS_CLIENT_ID`; needed with `audience: client_id` only |
/// | `docs_url` | documentation of the server, for people | none |
/// | `mcp_path` | the path of the MCP endpoint behind `base_url` | `"/mcp"` |
/// | `local_path` | the same path as requests reach this process, where a gateway strips a part of it | the path that clients see |
/// | `api_url` | another host of the WorkOS API | `WORKOS_API_URL`, else `"https://api.workos.com"` |
/// | `audience` | which `aud` a token must carry: the word `resource` or `client_id`, or an `Audience` | `resource` |
/// | `client_ids` | the OAuth clients whose tokens are accepted | any |
/// | `scopes` | the scopes that clients are told to ask for | `["openid", "profile", "email", "offline_access"]` |
/// | `allowed_origins` | the browser origins that may call | the origin of `base_url`, and loopback if that is loopback |
/// | `allowed_hosts` | the hosts that requests may name in `Host` | the host of `base_url` and the loopback names |
/// | `mirror_metadata` | whether AuthKit's metadata is served for older clients too | `true` |
/// | `bind` | the address that `Provider::serve` listens on: `"127.0.0.1:3000"` | `BIND`, else what `base_url` and `PORT` say |
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
/// error: a secret key must not stand in the source; leave `api_key` out and set WORKOS_API_KEY, or read the key at run time
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
    workos_provider::expand(input.into()).into()
}

/// Guards a function, and binds its `Session` parameter.
///
/// Put it above `#[tool]` or `#[prompt]`, on a method of `impl ServerHandler`, or on any other function
/// that runs for a request, axum handlers among them; synchronous or not.
///
/// ```ignore
/// #[requires_session(role = "admin")]
/// #[tool]
/// async fn delete_widget(&self, session: Session) -> Result<String, Error> {
///     Ok(format!("deleted by {}", session.user_id()))
/// }
/// ```
#[proc_macro_attribute]
pub fn requires_session(arguments: TokenStream, item: TokenStream) -> TokenStream {
    requires_session::expand(arguments.into(), &item.into()).into()
}

/// Guards an asynchronous function, and binds its `User` parameter, loaded from the WorkOS API.
///
/// As `#[requires_session]`, whose arguments it takes and whose `Session` parameter it binds too.
#[proc_macro_attribute]
pub fn workos_user(arguments: TokenStream, item: TokenStream) -> TokenStream {
    workos_user::expand(arguments.into(), &item.into()).into()
}
