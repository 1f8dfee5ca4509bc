//! The provider: owns the parts, and hands out what a server mounts.

use std::{fmt, sync::Arc, time::Duration};

use axum::Router;
use tower_http::cors::CorsLayer;

#[cfg(feature = "rmcp")]
use crate::rmcp_server::Noticed;
use crate::{
    api_key::ApiKeys,
    authority::Authorities,
    bound_id::BoundIds,
    config::{Audience, Config, ProviderBuilder},
    error::{ConfigError, ConfigProblem, Error},
    http::{AuthLayer, Mirror, Refusals, cors, metadata},
    metrics,
    token::{Issuer, Verifier, VerifierConfig},
    user::Users,
    workos_api,
};

/// AuthKit in front of one MCP server: verifies its callers, and tells them where to sign in.
///
/// Cheap to clone; clones share keys and caches, different providers share nothing.
///
/// ```no_run
/// use rmcp::{tool, tool_router};
/// use workos_mcp::{Error, Provider, session};
///
/// #[derive(Clone)]
/// struct Directory;
///
/// #[tool_router(server_handler)]
/// impl Directory {
///     /// Who am I?
///     #[tool]
///     async fn whoami(&self) -> Result<String, Error> {
///         Ok(session()?.user_id().to_owned())
///     }
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let provider = Provider::builder().docs_url("https://example.com/docs").build()?;
///     provider.serve(|| Ok(Directory)).await?;
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Provider(Arc<Handle>);

/// What the clones of a provider share. Apart from other memory, since it is counted with each request who holds it.
#[repr(align(128))]
struct Handle(Arc<Parts>);

struct Parts {
    config: Config,
    verifier: Arc<Verifier>,
    refusals: Refusals,
    cors: CorsLayer,
    bound_ids: BoundIds,
    mirror: Mirror,
    client: Option<workos::Client>,
    api_keys: Option<Arc<ApiKeys>>,
    users: Users,
    authorities: Arc<Authorities>,
    #[cfg(feature = "rmcp")]
    noticed: Noticed,
}

impl Provider {
    /// A builder; what is not set there comes from the environment.
    pub fn builder() -> ProviderBuilder {
        ProviderBuilder::default()
    }

    pub(crate) fn from_config(config: Config) -> Result<Self, ConfigError> {
        metrics::describe();
        let http = http_client(&config)?;
        let verifier = Verifier::new(verifier_config(&config), issuers(&config, &http)?);
        let client = workos_api::client(&config, &http)?;
        let parts = Parts {
            verifier,
            refusals: Refusals::new(&config)?,
            cors: cors::mcp(&config),
            bound_ids: BoundIds::new(&config)?,
            mirror: Mirror::new(&config, http.clone()),
            api_keys: ApiKeys::new(&config, client.as_ref()).map(Arc::new),
            client,
            users: Users::new(&config.limits),
            authorities: Arc::new(Authorities::new(&config.limits)),
            #[cfg(feature = "rmcp")]
            noticed: Noticed::new(&config.rules),
            config,
        };
        Ok(Self(Arc::new(Handle(Arc::new(parts)))))
    }

    /// The same provider, whose clones are counted in a place of their own.
    pub(crate) fn apart(&self) -> Self {
        Self(Arc::new(Handle(Arc::clone(&self.0.0))))
    }

    fn parts(&self) -> &Parts {
        &self.0.0
    }

    /// The URL that clients are given, `base_url` and MCP path. It is also the resource indicator to register
    /// in WorkOS, to the letter.
    pub fn mcp_url(&self) -> &str {
        &self.config().resource.url
    }

    /// The issuer that clients are sent to: the AuthKit domain as a URL. Tokens of
    /// [`other_authkit_domains`](ProviderBuilder::other_authkit_domains) are accepted besides its own.
    pub fn issuer(&self) -> &str {
        &self.config().issuer
    }

    /// Where [`serve`](Self::serve) listens, `host:port`, for who listens by hand; see
    /// [`ProviderBuilder::bind`].
    pub fn bind_address(&self) -> &str {
        &self.config().bind
    }

    /// The guard, for a route of your own.
    ///
    /// Mount [`metadata_router`](Self::metadata_router) beside it, or clients will not find out where to
    /// sign in. Around an rmcp handler, use [`protect`](Self::protect) too: rmcp runs it in a task
    /// of its own, where the layer alone does not reach. The head of an event stream that answers a `POST` waits until the
    /// handler has decided, or until the request's extensions are dropped, for at most twice
    /// [`Limits::api_timeout`](crate::Limits::api_timeout). Behind [`protect`](Self::protect) it waits then until there is all of the
    /// answer, or three events of it, for at most 5 ms: an answer that comes soon goes out in one packet, the first event of another comes by so much
    /// later, and a guard in the handler that refuses by then is still answered by HTTP. Mount with axum's `route_service`, not
    /// `nest_service`, which would serve every path below as well.
    pub fn layer(&self) -> AuthLayer {
        AuthLayer::new(self)
    }

    /// The public documents at their well-known paths: this server's protected resource metadata
    /// ([RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)), and AuthKit's metadata for older clients.
    ///
    /// They belong at the root of the host, so merge this router, do not nest it.
    pub fn metadata_router(&self) -> Router {
        metadata::router(self)
    }

    pub(crate) fn config(&self) -> &Config {
        &self.parts().config
    }

    pub(crate) fn verifier(&self) -> &Arc<Verifier> {
        &self.parts().verifier
    }

    pub(crate) fn refusals(&self) -> &Refusals {
        &self.parts().refusals
    }

    pub(crate) fn cors(&self) -> &CorsLayer {
        &self.parts().cors
    }

    pub(crate) fn bound_ids(&self) -> &BoundIds {
        &self.parts().bound_ids
    }

    pub(crate) fn mirror(&self) -> &Mirror {
        &self.parts().mirror
    }

    /// `None` when API keys are not let in.
    pub(crate) fn api_keys(&self) -> Option<&Arc<ApiKeys>> {
        self.parts().api_keys.as_ref()
    }

    pub(crate) fn users(&self) -> &Users {
        &self.parts().users
    }

    pub(crate) fn authorities(&self) -> &Arc<Authorities> {
        &self.parts().authorities
    }

    pub(crate) fn client(&self) -> Result<&workos::Client, Error> {
        self.parts()
            .client
            .as_ref()
            .ok_or_else(Error::api_key_missing)
    }

    #[cfg(feature = "rmcp")]
    pub(crate) fn noticed(&self) -> &Noticed {
        &self.parts().noticed
    }

    /// Whether both are the same provider, not merely alike.
    #[cfg(feature = "rmcp")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.0, &other.0.0)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("mcp_url", &self.mcp_url())
            .field("issuer", &self.issuer())
            .finish_non_exhaustive()
    }
}

/// One HTTP client for keys, metadata and the WorkOS API. Redirects are not followed: each of the three
/// is asked where the configuration says, and nowhere else.
fn http_client(config: &Config) -> Result<reqwest::Client, ConfigError> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(config.limits.fetch_timeout)
        .pool_idle_timeout(Duration::from_secs(60))
        .user_agent(Config::user_agent())
        .build()
        .map_err(|error| {
            ConfigError::new(vec![ConfigProblem::new(
                "authkit_domain",
                None,
                format!("cannot be reached: no HTTP client can be built: {error}"),
            )])
        })
}

fn issuers(config: &Config, http: &reqwest::Client) -> Result<Vec<Issuer>, ConfigError> {
    config
        .issuers()
        .map(|name| {
            let key_set_url = Config::key_set_url(name).ok_or_else(|| {
                ConfigError::new(vec![ConfigProblem::new(
                    "authkit_domain",
                    Some("WORKOS_AUTHKIT_DOMAIN"),
                    "gives no URL for the key set",
                )])
            })?;
            let http = http.clone();
            Ok(Issuer::new(name.clone(), key_set_url, http, &config.limits))
        })
        .collect()
}

fn verifier_config(config: &Config) -> VerifierConfig {
    VerifierConfig {
        audiences: config.resource.audiences(),
        client_id: config.client_id.clone(),
        accept_client_id_audience: config.audience == Audience::ClientId,
        client_ids: config.client_ids.clone(),
        machines: config.machines.clone(),
        limits: config.limits.clone(),
    }
}
