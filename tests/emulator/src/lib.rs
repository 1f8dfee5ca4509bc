//! A local AuthKit and WorkOS API, for tests and demos.
//!
//! One [`Emulator`] is one WorkOS environment on `http://127.0.0.1:PORT`. MCP clients sign in at it
//! as at AuthKit, the WorkOS SDK calls it as the WorkOS API, and a test takes whatever token it
//! wants from it, makes endpoints fail, and counts the requests.
//!
//! ```
//! use workos_mcp_emulator::{Emulator, Endpoint, Fault};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let emulator = Emulator::builder()
//!     .resource("http://localhost:8000/mcp")
//!     .start()
//!     .await?;
//!
//! let token = emulator.token(&emulator.ada()).build();
//! let expired = emulator.token(&emulator.grace()).expires_in(-60).build();
//! emulator.fault(Endpoint::Jwks, Fault::Status(503));
//! # let _ = (token, expired);
//! # Ok(())
//! # }
//! ```
//!
//! # Sign-in
//!
//! There is no sign-in page yet. `login_hint=ada@example.com` in the authorization request says who
//! is signed in, and the user consents without being asked. `organization_id=org_…` chooses the
//! organization; without it, it is the first one in which the user is an active member.
//!
//! # Keys
//!
//! To generate an RSA key takes long, so the emulators of one process share the key material: the
//! first key of one is the first key of every other, only under another key id. What must not share
//! a key uses [`SigningKey::generate`].
//!
//! # Fidelity
//!
//! As at AuthKit: metadata fields, key set, token headers and claims, the rules for resource
//! indicators, the refusal of a scope without `openid`, the default authentication method of
//! registered clients.
//!
//! Not as at AuthKit, or not known:
//!
//! - The metadata leave out `device_authorization_endpoint` and its grant, `introspection_endpoint`
//!   and `client_id_metadata_document_supported`, since the emulator does not have them: a client
//!   that reads of them would use them. There is no `openid-configuration` either.
//! - The keys have no certificate (`x5c`).
//! - A refresh token is always replaced, and its second use revokes all that came from the same
//!   sign-in, as does the second use of a code.
//! - A client must authenticate in the way that it registered.
//! - An unknown scope is refused with `invalid_scope`; the `scope` of a registration is checked and
//!   repeated, but does not limit what the client may ask for.
//! - A loopback redirect URI may come with any port, also on `localhost`.
//! - Several resources in one authorization request need a `resource` in the token request, because
//!   a token has one audience.
//! - The secret of a registered client does not expire, and everything is forgotten at the end. The
//!   emulator remembers 10,000 clients, codes and refresh tokens, and then forgets the oldest.

mod authkit;
mod bounded;
mod builder;
mod directory;
mod emulator;
mod faults;
mod ids;
mod keys;
mod mint;
mod seed;
mod server;
mod state;
mod tokens;
mod workos_api;

pub use builder::EmulatorBuilder;
pub use directory::{Membership, MembershipStatus, Organization, User};
pub use emulator::Emulator;
pub use faults::{Endpoint, Fault};
pub use keys::{SigningAlgorithm, SigningKey};
pub use mint::TokenBuilder;
