//! A handler for users and machines.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rmcp::{ServerHandler, tool, tool_handler, tool_router};
use workos_mcp::{Error, Principal, Session, User, principal, requires_session, workos_user};

type Answer = Result<String, Error>;

#[derive(Clone, Default)]
pub(super) struct Reports {
    entered: Arc<AtomicUsize>,
}

impl Reports {
    fn enter(&self, said: &str) -> String {
        self.entered.fetch_add(1, Ordering::Relaxed);
        said.to_owned()
    }

    /// How often something ran.
    pub(super) fn entered(&self) -> usize {
        self.entered.load(Ordering::Relaxed)
    }
}

#[tool_router]
impl Reports {
    /// For whoever is let in.
    #[tool]
    async fn open(&self) -> Answer {
        Ok(self.enter(principal()?.kind()))
    }

    /// Who calls, of whatever kind.
    #[requires_session]
    #[tool]
    async fn whoever(&self, principal: Principal) -> Answer {
        let scopes: Vec<_> = match &principal {
            Principal::User(session) => session.scopes().collect(),
            Principal::Machine(machine) => machine.scopes().collect(),
            _ => Vec::new(),
        };
        let (kind, subject) = (principal.kind(), principal.subject());
        let organization = principal.organization_id().unwrap_or("nowhere");
        Ok(self.enter(&format!(
            "{kind} {subject} of {organization} with {}",
            scopes.join(" ")
        )))
    }

    /// For users, by the parameter.
    #[requires_session]
    #[tool]
    async fn mine(&self, session: Session) -> Answer {
        Ok(self.enter(session.user_id()))
    }

    /// For users, by the attribute alone.
    #[requires_session]
    #[tool]
    async fn signed_in(&self) -> Answer {
        Ok(self.enter("signed in"))
    }

    /// For users, loaded.
    #[workos_user]
    #[tool]
    async fn me(&self, user: User) -> Answer {
        Ok(self.enter(&user.id))
    }

    /// Asks for the user by itself.
    #[tool]
    async fn asks(&self) -> Answer {
        let user = workos_mcp::user().await?;
        Ok(self.enter(&user.id))
    }

    /// For who has the scope, of whatever kind.
    #[requires_session(scope = "reports:read")]
    #[tool]
    async fn read(&self, _: Principal) -> Answer {
        Ok(self.enter("read"))
    }

    /// For an organization.
    #[requires_session(organization)]
    #[tool]
    async fn organization(&self, _: Principal) -> Answer {
        Ok(self.enter("organization"))
    }

    /// For Acme.
    #[requires_session(organization = "org_01K1ACME00000000000000ACME")]
    #[tool]
    async fn of_acme(&self, _: Principal) -> Answer {
        Ok(self.enter("of Acme"))
    }

    /// By role.
    #[requires_session(role = "admin")]
    #[tool]
    async fn role(&self, _: Principal) -> Answer {
        Ok(self.enter("role"))
    }

    /// By permission.
    #[requires_session(permission = "widgets:read")]
    #[tool]
    async fn permission(&self, _: Principal) -> Answer {
        Ok(self.enter("permission"))
    }

    /// By a feature flag that is on for Acme.
    #[requires_session(feature_flag = "beta-dashboard")]
    #[tool]
    async fn flag(&self, _: Principal) -> Answer {
        Ok(self.enter("flag"))
    }

    /// Two guards and one caller.
    #[requires_session(scope = "reports:read")]
    #[requires_session(permission = "widgets:read")]
    #[tool]
    async fn both(&self, principal: Principal) -> Answer {
        Ok(self.enter(principal.kind()))
    }
}

#[tool_handler]
impl ServerHandler for Reports {}
