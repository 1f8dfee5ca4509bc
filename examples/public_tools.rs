//! Tools for everybody beside tools for who signs in.
//!
//! ```sh
//! cargo run --example public_tools
//! cargo run --example public_tools -- --chatgpt
//! ```
//!
//! Without any configuration it runs on a local AuthKit and prints commands: without a token one sees all tools and searches,
//! and is asked to sign in for borrowing; by HTTP, as Claude and the SDKs expect, or with `--chatgpt` in the result of the tool.

use rmcp::{handler::server::wrapper::Parameters, schemars, tool, tool_router};
use serde_json::json;
use workos_mcp::{Anonymous, Error, RefusalForm, Session, public, requires_session};
use workos_mcp_examples::{
    Call,
    Caller::{AdaOfAcme, Nobody},
    LocalAuthKit, builder,
};

struct Library;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Book {
    /// A title, or a part of one.
    title: String,
}

#[tool_router(server_handler)]
impl Library {
    /// Searches the catalogue.
    #[public]
    #[tool]
    async fn search(
        &self,
        Parameters(Book { title }): Parameters<Book>,
        session: Option<Session>,
    ) -> Result<String, Error> {
        let reader = session.map_or("a stranger".to_owned(), |session| {
            session.user_id().to_owned()
        });
        Ok(format!("one book like {title:?}, for {reader}"))
    }

    /// Borrows a book.
    #[requires_session]
    #[tool]
    async fn borrow(
        &self,
        Parameters(Book { title }): Parameters<Book>,
        session: Session,
    ) -> Result<String, Error> {
        Ok(format!("{title:?} is lent to {}", session.user_id()))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let local = LocalAuthKit::unless_configured().await?;
    let refusal = if std::env::args().any(|argument| argument == "--chatgpt") {
        RefusalForm::ToolResult
    } else {
        RefusalForm::Challenge
    };
    let provider = builder(local.as_ref())
        .anonymous(Anonymous::Allow)
        .refusal(refusal)
        .build()?;
    if let Some(local) = &local {
        let book = json!({ "title": "Middlemarch" });
        let calls = [
            Call::list(Nobody),
            Call::tool(Nobody, "search", &book),
            Call::tool(Nobody, "borrow", &book).with_head(),
            Call::tool(AdaOfAcme, "search", &book),
            Call::tool(AdaOfAcme, "borrow", &book),
        ];
        local.introduce(&provider, &calls);
    }
    Ok(provider.serve(|| Ok(Library)).await?)
}
