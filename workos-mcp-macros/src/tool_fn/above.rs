//! The attributes, as errors speak of them.

/// The attribute that stands above a function.
#[derive(Clone, Copy)]
pub(crate) enum Above {
    RequiresSession,
    WorkosUser,
    Public,
}

impl Above {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RequiresSession => "requires_session",
            Self::WorkosUser => "workos_user",
            Self::Public => "public",
        }
    }

    /// What is wrong with an item that is no function.
    pub(super) fn not_a_function(self) -> String {
        match self {
            Self::RequiresSession | Self::WorkosUser => format!(
                "`#[{}]` guards a function; put it on a tool, a prompt, or another function that runs for a request",
                self.name()
            ),
            Self::Public => {
                "`#[public]` opens a tool or a prompt; put it on the function of one, above `#[tool]` or `#[prompt]`".to_owned()
            }
        }
    }
}
