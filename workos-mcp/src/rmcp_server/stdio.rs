//! The whole server on stdin and stdout, for one caller.

use rmcp::{ServerHandler, service::ServerInitializeError, transport::stdio_pipes};

use super::{
    authenticated::Authenticated,
    holder::{Holder, VARIABLE},
};
use crate::{error::ServeError, provider::Provider};

impl Provider {
    /// Serves one client on stdin and stdout, which is the holder of the API key of WorkOS in the variable
    /// `WORKOS_MCP_CALLER_API_KEY`, until the client closes stdin.
    ///
    /// There is no HTTP here and so no sign-in: a server on stdio takes credentials from its environment
    /// ([MCP, authorization](https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#protocol-requirements): an
    /// implementation that uses an STDIO transport "SHOULD NOT follow this specification, and instead retrieve credentials from the
    /// environment"). The key is the caller's, not this server's own in `WORKOS_API_KEY`. It needs
    /// [`api_keys`](crate::ProviderBuilder::api_keys), and is checked as over HTTP: before serving, and for every request anew,
    /// within what is remembered for [`Limits::api_key_ttl`](crate::Limits::api_key_ttl); the
    /// [`require`](crate::ProviderBuilder::require) of the provider and the rules of tools hold. The caller is a
    /// [`Principal::ApiKey`](crate::Principal::ApiKey): [`session`](crate::session()) and [`user`](crate::user()) say that a user is needed.
    ///
    /// Nothing but MCP may be written to stdout, logs neither: where `tracing-subscriber` writes them, have it write to stderr, with
    /// `.with_writer(std::io::stderr)`.
    ///
    /// ```no_run
    /// use rmcp::{tool, tool_router};
    /// use workos_mcp::{Error, principal, workos_provider};
    ///
    /// #[derive(Clone)]
    /// struct Directory;
    ///
    /// #[tool_router(server_handler)]
    /// impl Directory {
    ///     /// Who am I?
    ///     #[tool]
    ///     async fn whoami(&self) -> Result<String, Error> {
    ///         Ok(principal()?.subject().to_owned())
    ///     }
    /// }
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let provider = workos_provider! { api_keys: "mcp:use" }?;
    ///     provider.stdio(Directory).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError::Caller`] when the variable is missing or holds no key that is let in, or when that cannot be told now;
    /// [`ServeError::Stdio`] when the client does not begin as MCP begins, or the streams break.
    pub async fn stdio<H: ServerHandler>(&self, handler: H) -> Result<(), ServeError> {
        let holder = Holder::from_environment()?;
        holder.context(self).await?;
        tracing::info!("serving MCP on stdio for the holder of {VARIABLE}");
        let handler = Authenticated::held(handler, self.clone(), holder);
        let running = match rmcp::serve_server(handler, stdio_pipes()).await {
            Ok(running) => running,
            // It went away before it said anything.
            Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(ServeError::Stdio(Box::new(error))),
        };
        match running.waiting().await {
            Ok(_) => Ok(()),
            Err(error) => Err(ServeError::Stdio(Box::new(error))),
        }
    }
}
