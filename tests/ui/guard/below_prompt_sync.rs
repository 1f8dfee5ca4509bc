use rmcp::{ErrorData, model::GetPromptResult, prompt, prompt_router};
use workos_mcp::{Session, requires_session};

#[derive(Clone)]
struct Prompts;

#[prompt_router]
impl Prompts {
    #[prompt]
    #[requires_session]
    fn advice(&self, _session: Session) -> Result<GetPromptResult, ErrorData> {
        Ok(GetPromptResult::new(Vec::new()))
    }
}

fn main() {}
