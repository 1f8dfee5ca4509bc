//! axum handlers behind the layer take the caller as a parameter, of the kind that they ask for.

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, task::JoinHandle};
use workos_mcp::{Error, Principal, Session, principal, requires_session};
use workos_mcp_tests::World;

use super::{FOR_USERS, minted, reports};

struct Application {
    world: World,
    url: String,
    server: JoinHandle<()>,
}

impl Drop for Application {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Application {
    async fn start() -> Self {
        let (world, _) = reports().await;
        let router = Router::new()
            .route(
                "/principal",
                get(|caller: Principal| async move { told(&caller) }),
            )
            .route(
                "/session",
                get(|session: Session| async move { session.user_id().to_owned() }),
            )
            .route(
                "/optional",
                get(|session: Option<Session>| async move {
                    session.map_or("no user".to_owned(), |session| session.user_id().to_owned())
                }),
            )
            .route(
                "/optional-principal",
                get(|caller: Option<Principal>| async move {
                    caller.map_or("nobody".to_owned(), |caller| told(&caller))
                }),
            )
            .route("/task-local", get(task_local))
            .route("/guarded", get(guarded))
            .route("/for-users", get(for_users))
            .layer(middleware::from_fn(told_by_a_layer))
            .layer(world.provider.layer());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { world, url, server }
    }

    async fn get(&self, path: &str, token: &str) -> (u16, String) {
        let answer = self.ask(path, token).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn ask(&self, path: &str, token: &str) -> reqwest::Response {
        self.world
            .http
            .get(format!("{}{path}", self.url))
            .header("host", self.world.host())
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
    }
}

fn told(caller: &Principal) -> String {
    format!("{} {}", caller.kind(), caller.subject())
}

/// As a limiter of rates is, which counts by principal.
async fn told_by_a_layer(request: Request, next: Next) -> Response {
    let caller = principal().map(|caller| told(&caller));
    let caller = caller.unwrap_or_else(|error| error.to_string());
    let answer = next.run(request).await;
    ([("x-caller", caller)], answer).into_response()
}

async fn task_local() -> Result<String, Error> {
    Ok(told(&principal()?))
}

#[requires_session(organization)]
async fn guarded(caller: Principal) -> Result<String, Error> {
    Ok(told(&caller))
}

#[requires_session]
async fn for_users(session: Session) -> Result<String, Error> {
    Ok(session.user_id().to_owned())
}

#[tokio::test]
async fn a_handler_that_takes_any_caller_gets_the_machine() {
    let application = Application::start().await;
    let machine = application.world.emulator.machine().unwrap();
    let token = minted(&application.world).build();
    let expected = (200, format!("machine {}", machine.id()));
    for path in [
        "/principal",
        "/optional-principal",
        "/task-local",
        "/guarded",
    ] {
        assert_eq!(application.get(path, &token).await, expected, "{path}");
    }
    let ada = application.world.emulator.ada();
    let token = application.world.token(&ada);
    let expected = (200, format!("user {}", ada.id()));
    for path in [
        "/principal",
        "/optional-principal",
        "/task-local",
        "/guarded",
    ] {
        assert_eq!(application.get(path, &token).await, expected, "{path}");
    }
}

#[tokio::test]
async fn a_handler_that_takes_a_session_gets_users_only() {
    let application = Application::start().await;
    let token = minted(&application.world).build();
    for path in ["/session", "/for-users"] {
        let refused = application.get(path, &token).await;
        assert_eq!(refused, (403, FOR_USERS.to_owned()), "{path}");
    }
    let without = application.get("/optional", &token).await;
    assert_eq!(without, (200, "no user".to_owned()));
    let ada = application.world.emulator.ada();
    let token = application.world.token(&ada);
    for path in ["/session", "/for-users", "/optional"] {
        let answer = application.get(path, &token).await;
        assert_eq!(answer, (200, ada.id().to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_layer_inside_of_the_guard_knows_the_caller() {
    let application = Application::start().await;
    let machine = application.world.emulator.machine().unwrap();
    let ada = application.world.emulator.ada();
    for (token, caller) in [
        (
            minted(&application.world).build(),
            format!("machine {}", machine.id()),
        ),
        (application.world.token(&ada), format!("user {}", ada.id())),
    ] {
        for path in ["/principal", "/for-users"] {
            let answer = application.ask(path, &token).await;
            assert_eq!(answer.headers()["x-caller"], *caller, "{path}");
        }
    }
    let refused = application.ask("/principal", "garbage").await;
    assert_eq!(refused.status(), 401);
    assert!(!refused.headers().contains_key("x-caller"));
}
