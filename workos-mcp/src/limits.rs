//! The bounds of everything that an outsider can make grow or wait, in one place.

use std::time::Duration;

/// Bounds on sizes, counts and times, none longer than a year; see [`ProviderBuilder::limits`](crate::ProviderBuilder::limits).
///
/// ```
/// use std::time::Duration;
/// use workos_mcp::Limits;
///
/// let mut limits = Limits::default();
/// limits.body_bytes = 1024 * 1024;
/// limits.user_ttl = Duration::from_secs(10);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Longest bearer token that is looked at, in bytes. Default: 8,192.
    pub token_bytes: usize,
    /// Longest request body, in bytes; rmcp is given the same bound. Default: 4 MiB.
    pub body_bytes: usize,
    /// Longest key set document, in bytes. Default: 64 KiB.
    pub key_set_bytes: usize,
    /// Most keys taken from one key set. Default: 32.
    pub keys: usize,
    /// Age at which the key set is fetched again, in the background. Default: 5 minutes.
    pub key_refresh: Duration,
    /// Longest a fetch of the key set or of AuthKit's metadata may take. Default: 5 seconds.
    pub fetch_timeout: Duration,
    /// How long the last good key set serves while new ones cannot be had. Default: 24 hours.
    pub key_max_stale: Duration,
    /// How long no new fetch of the key set is tried after one has failed. Default: 1 second.
    pub key_retry: Duration,
    /// Most key ids remembered as unknown. Default: 1,024.
    pub unknown_key_ids: usize,
    /// How long a key id stays remembered as unknown. Default: 30 seconds.
    pub unknown_key_id_ttl: Duration,
    /// Most verified tokens remembered, counted in units of one KiB of claims. Default: 100,000.
    pub verified_tokens: usize,
    /// Difference of clocks that is forgiven wherever a time of a token is checked. Default: 30 seconds.
    pub clock_leeway: Duration,
    /// Longest one request to the WorkOS API may take, and the most that its `Retry-After` is obeyed; also the longest
    /// that finding out a caller's roles, permissions and feature flags may take. Default: 2 seconds.
    pub api_timeout: Duration,
    /// Most users remembered. Default: 10,000.
    pub users: u64,
    /// How long a loaded [`User`](crate::User) is given out again. Default: 60 seconds.
    pub user_ttl: Duration,
    /// How long a failure to load a user is given out again. Default: 1 second.
    pub user_failure_ttl: Duration,
    /// Most callers, and most organizations, whose roles, permissions and feature flags are remembered. Default: 10,000.
    pub authorities: u64,
    /// How long roles, permissions and feature flags are believed before WorkOS is asked again. Default: 60 seconds.
    pub authority_ttl: Duration,
    /// How long WorkOS is not asked again after it failed to tell roles, permissions or feature flags. Default: 1 second.
    pub authority_failure_ttl: Duration,
    /// How old the last known roles, permissions and feature flags may be by which lists are made while WorkOS is down.
    /// Default: 24 hours.
    pub authority_max_stale: Duration,
    /// Most API keys of callers remembered, those that were good, and as many that were refused. Default: 10,000.
    pub api_keys: u64,
    /// How long an API key that WorkOS vouched for is let in before WorkOS is asked again, and so the longest that a revoked one
    /// goes on. Default: 60 seconds.
    pub api_key_ttl: Duration,
    /// How long an API key is refused before WorkOS is asked about it again. Default: 60 seconds.
    pub api_key_refusal_ttl: Duration,
    /// How long WorkOS is not asked again about an API key after it failed to tell. Default: 1 second.
    pub api_key_failure_ttl: Duration,
    /// How often a second, and how often at once, WorkOS is asked about API keys that were not good before. Beyond it they wait for
    /// up to [`api_timeout`](Self::api_timeout), in order, and so many that none can be asked about in time get a 503; those that
    /// were good are not counted. Default: 10.
    pub api_key_checks: u32,
    /// How long AuthKit's metadata is mirrored before it is fetched again. Default: 5 minutes.
    pub metadata_ttl: Duration,
    /// How long no new fetch of AuthKit's metadata is tried after one has failed. Default: 10 seconds.
    pub metadata_failure_ttl: Duration,
    /// How long calls in flight may go on after the signal to stop; see [`Provider::serve`](crate::Provider::serve).
    /// Default: 10 seconds.
    pub drain: Duration,
}

impl Limits {
    /// Times are added to the present, which not every system can do with any.
    pub(crate) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

    pub(crate) fn longest(&self) -> Duration {
        [
            self.key_refresh,
            self.fetch_timeout,
            self.key_max_stale,
            self.key_retry,
            self.unknown_key_id_ttl,
            self.clock_leeway,
            self.api_timeout,
            self.user_ttl,
            self.user_failure_ttl,
            self.authority_ttl,
            self.authority_failure_ttl,
            self.authority_max_stale,
            self.api_key_ttl,
            self.api_key_refusal_ttl,
            self.api_key_failure_ttl,
            self.metadata_ttl,
            self.metadata_failure_ttl,
            self.drain,
        ]
        .into_iter()
        .max()
        .unwrap_or_default()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            token_bytes: 8 * 1024,
            body_bytes: 4 * 1024 * 1024,
            key_set_bytes: 64 * 1024,
            keys: 32,
            key_refresh: Duration::from_secs(5 * 60),
            fetch_timeout: Duration::from_secs(5),
            key_max_stale: Duration::from_secs(24 * 60 * 60),
            key_retry: Duration::from_secs(1),
            unknown_key_ids: 1024,
            unknown_key_id_ttl: Duration::from_secs(30),
            verified_tokens: 100_000,
            clock_leeway: Duration::from_secs(30),
            api_timeout: Duration::from_secs(2),
            users: 10_000,
            user_ttl: Duration::from_secs(60),
            user_failure_ttl: Duration::from_secs(1),
            authorities: 10_000,
            authority_ttl: Duration::from_secs(60),
            authority_failure_ttl: Duration::from_secs(1),
            authority_max_stale: Duration::from_secs(24 * 60 * 60),
            api_keys: 10_000,
            api_key_ttl: Duration::from_secs(60),
            api_key_refusal_ttl: Duration::from_secs(60),
            api_key_failure_ttl: Duration::from_secs(1),
            api_key_checks: 10,
            metadata_ttl: Duration::from_secs(5 * 60),
            metadata_failure_ttl: Duration::from_secs(10),
            drain: Duration::from_secs(10),
        }
    }
}
