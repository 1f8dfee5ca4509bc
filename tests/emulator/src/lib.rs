#![doc = include_str!("../README.md")]

mod api;
mod api_keys;
mod applications;
mod authkit;
mod bounded;
mod builder;
mod directory;
mod emulator;
mod endpoint;
mod faults;
mod feature_flags;
mod ids;
mod keys;
mod mint;
mod organizations;
mod records;
mod roles;
mod seed;
mod seed_file;
mod server;
mod state;
mod tokens;

pub use api_keys::ApiKey;
pub use applications::Application;
pub use builder::EmulatorBuilder;
pub use directory::{Membership, MembershipStatus, User};
pub use emulator::Emulator;
pub use endpoint::Endpoint;
pub use faults::Fault;
pub use feature_flags::FeatureFlag;
pub use keys::{SigningAlgorithm, SigningKey};
pub use mint::TokenBuilder;
pub use organizations::Organization;
pub use records::AuditLogEvent;
pub use roles::Role;
