//! What rmcp moves about for each request.
//!
//! It spawns one future for all methods of a handler, as large as the largest of them, and moves it several times. What is rare
//! in a method is boxed therefore, so that the wrapper adds little to what the handler itself needs.

use rmcp::{RoleServer, ServerHandler, service::RequestContext};

use super::authenticated::Authenticated;
use crate::Provider;

struct Handler;

impl ServerHandler for Handler {}

fn size<P, F>(_: impl FnOnce(P, RequestContext<RoleServer>) -> F) -> usize {
    size_of::<F>()
}

macro_rules! sizes {
    ($handler:expr, $($method:ident)*) => {
        [$((stringify!($method), size(|params, context| $handler.$method(params, context)))),*]
    };
}

fn sizes<H: ServerHandler>(handler: &H) -> Vec<(&'static str, usize)> {
    sizes!(handler, initialize list_tools call_tool list_prompts get_prompt list_resources
        list_resource_templates read_resource complete on_custom_request
        list_skills get_skill read_resource_directory get_task update_task cancel_task)
    .into()
}

#[test]
fn a_protected_handler_needs_little_more_room_than_a_bare_one() {
    let provider = Provider::builder()
        .authkit_domain("app.authkit.app")
        .base_url("https://mcp.example.com")
        .api_key("sk_of_nobody")
        .build()
        .unwrap();
    let bare = sizes(&Handler);
    let protected = sizes(&Authenticated::new(Handler, provider));
    for ((method, bare), (_, protected)) in bare.into_iter().zip(protected) {
        assert!(protected <= bare + 1024, "{method}: {bare}, {protected}");
    }
}
