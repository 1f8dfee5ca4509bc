//! What a server lets in besides users, so that the same tests run against each kind.

use workos_mcp::{Anonymous, ProviderBuilder};
use workos_mcp_emulator::Emulator;

/// A way to configure every world of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Users alone.
    Users,
    /// Who is not signed in, too.
    Anonymous,
    /// Machine-to-machine applications, too.
    Machines,
    /// Holders of API keys, too.
    ApiKeys,
}

impl Mode {
    /// The variable that says which.
    pub const VARIABLE: &str = "WORKOS_MCP_TEST_MODE";

    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Anonymous => "anonymous",
            Self::Machines => "machines",
            Self::ApiKeys => "api_keys",
        }
    }

    pub fn of_process() -> Self {
        let name = std::env::var(Self::VARIABLE).unwrap_or_else(|_| Self::Users.name().to_owned());
        [Self::Users, Self::Anonymous, Self::Machines, Self::ApiKeys]
            .into_iter()
            .find(|mode| mode.name() == name)
            .unwrap_or_else(|| panic!("{} is {name:?}, which is no mode", Self::VARIABLE))
    }

    pub(crate) fn configure(
        self,
        builder: ProviderBuilder,
        emulator: &Emulator,
    ) -> ProviderBuilder {
        match self {
            Self::Users => builder,
            Self::Anonymous => builder.anonymous(Anonymous::Allow),
            Self::Machines => {
                builder.machines(emulator.machine().map(|machine| machine.id().to_owned()))
            }
            Self::ApiKeys => builder.api_keys("mcp:use"),
        }
    }
}
