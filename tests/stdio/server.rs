//! A server on stdio, which the tests start as a client of it does.

use std::{
    error::Error as StdError,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use clap::Parser;
use rmcp::{
    ErrorData, ServerHandler,
    model::{GetPromptResult, PromptMessage, Role, ServerCapabilities, ServerConfig},
    prompt, prompt_handler, prompt_router, tool, tool_handler, tool_router,
};
use workos_mcp::{
    Error, Limits, Principal, Provider, Rule, Session, principal, requires_session, session,
};

/// Serves MCP on stdio; configured by the variables of workos-mcp.
#[derive(Parser)]
struct Arguments {
    /// What the caller's key must have.
    #[arg(long)]
    permission: Option<String>,
    /// For how many milliseconds a key is believed.
    #[arg(long, default_value_t = 60_000)]
    ttl: u64,
    /// The organization whose keys are let in.
    #[arg(long)]
    organization: Option<String>,
}

#[derive(Clone, Default)]
struct Desk(Arc<AtomicUsize>);

impl Desk {
    fn ran(&self, what: &str, caller: &Principal) -> String {
        let times = 1 + self.0.fetch_add(1, Ordering::Relaxed);
        format!("{what} for {}, {times}", caller.kind())
    }
}

type Answer = Result<String, Error>;

fn told(caller: &Principal) -> String {
    let organization = caller.organization_id().unwrap_or("nowhere");
    format!("{} {} of {organization}", caller.kind(), caller.subject())
}

#[tool_router]
impl Desk {
    /// Who calls, by a call.
    #[tool]
    async fn caller(&self) -> Answer {
        Ok(told(&principal()?))
    }

    /// Who calls, by a parameter of the guard.
    #[requires_session]
    #[tool]
    async fn guarded(&self, caller: Principal) -> Answer {
        Ok(told(&caller))
    }

    /// Who calls, by rmcp's extractor.
    #[tool]
    async fn extracted(&self, caller: Principal) -> Answer {
        Ok(told(&caller))
    }

    /// For users, by a call.
    #[tool]
    async fn session(&self) -> Answer {
        Ok(session()?.user_id().to_owned())
    }

    /// For users, by rmcp's extractor.
    #[tool(name = "session-extracted")]
    async fn session_extracted(&self, session: Session) -> Answer {
        Ok(session.user_id().to_owned())
    }

    /// Who calls, in a task of its own.
    #[tool]
    async fn spawned(&self) -> Answer {
        let task = workos_mcp::spawn(async { principal().map(|caller| told(&caller)) });
        task.await
            .unwrap_or_else(|_| Ok("the task failed".to_owned()))
    }

    /// By a permission, without waiting.
    #[requires_session(permission = "widgets:read")]
    #[tool]
    fn reads(&self, caller: Principal) -> Answer {
        Ok(self.ran("read", &caller))
    }

    /// By a permission.
    #[requires_session(permission = "widgets:write")]
    #[tool]
    async fn writes(&self, caller: Principal) -> Answer {
        Ok(self.ran("written", &caller))
    }

    /// By a role.
    #[requires_session(role = "admin")]
    #[tool]
    async fn deletes(&self, caller: Principal) -> Answer {
        Ok(self.ran("deleted", &caller))
    }
}

#[prompt_router]
impl Desk {
    /// Who calls.
    #[prompt]
    async fn advice(&self) -> Result<GetPromptResult, ErrorData> {
        let caller = told(&principal()?);
        let message = PromptMessage::new_text(Role::User, caller);
        Ok(GetPromptResult::new(vec![message]))
    }
}

#[tool_handler]
#[prompt_handler]
impl ServerHandler for Desk {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .build();
        ServerConfig::new(capabilities)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    // Stdout is the client's.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    let mut limits = Limits::default();
    limits.api_key_ttl = Duration::from_millis(arguments.ttl);
    limits.api_key_refusal_ttl = limits.api_key_ttl;
    limits.api_key_failure_ttl = limits.api_key_ttl;
    let mut provider = Provider::builder().limits(limits);
    if let Some(permission) = arguments.permission {
        provider = provider.api_keys(permission);
    }
    if let Some(organization) = arguments.organization {
        provider = provider.require(Rule::organizations([organization]));
    }
    provider.build()?.stdio(Desk::default()).await?;
    Ok(())
}
