//! Routes mounted by hand let in who is not signed in only when their layer is told to.

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::header;
use tokio::net::TcpListener;
use workos_mcp::{Anonymous, AuthLayer, Error, Principal, Provider, Session, session};
use workos_mcp_emulator::Emulator;

async fn greeting(session: Option<Session>, caller: Option<Principal>) -> String {
    assert_eq!(session.is_some(), caller.is_some());
    session.map_or("nobody".to_owned(), |session| session.user_id().to_owned())
}

async fn asks() -> Result<String, Error> {
    Ok(session()?.user_id().to_owned())
}

/// An event stream that ends by itself.
async fn events() -> Response {
    let body = "data: one\n\ndata: two\n\n";
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

async fn takes(session: Session) -> String {
    session.user_id().to_owned()
}

struct Site {
    emulator: Emulator,
    provider: Provider,
    http: reqwest::Client,
}

impl Site {
    async fn start(anonymous: Anonymous, layer: fn(&Provider) -> AuthLayer) -> Self {
        let emulator = Emulator::start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Provider::builder()
            .authkit_domain(emulator.issuer())
            .base_url(format!("http://{}", listener.local_addr().unwrap()))
            .anonymous(anonymous)
            .build()
            .unwrap();
        emulator.add_resource(provider.mcp_url());
        let router = Router::new()
            .route("/greeting", get(greeting))
            .route("/asks", get(asks))
            .route("/events", get(events))
            .route("/takes", get(takes))
            .layer(layer(&provider));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            emulator,
            provider,
            http: reqwest::Client::new(),
        }
    }

    async fn get(&self, path: &str, token: Option<&str>) -> (u16, String, bool) {
        let url = self.provider.mcp_url().replace("/mcp", path);
        let mut request = self.http.get(url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        let challenged = response.headers().contains_key("www-authenticate");
        let status = response.status().as_u16();
        (status, response.text().await.unwrap(), challenged)
    }
}

#[tokio::test]
async fn a_route_refuses_until_its_layer_is_told() {
    let silent = Site::start(Anonymous::Allow, Provider::layer).await;
    let unallowed = Site::start(Anonymous::Refuse, |provider| {
        provider.layer().allow_anonymous()
    });
    for site in [silent, unallowed.await] {
        for path in ["/greeting", "/asks", "/takes"] {
            assert_eq!(
                site.get(path, None).await,
                (401, String::new(), true),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_route_that_lets_them_in_finds_nobody_and_its_guards_ask_to_sign_in() {
    let site = Site::start(Anonymous::Allow, |provider| {
        provider.layer().allow_anonymous()
    })
    .await;
    let greeted = site.get("/greeting", None).await;
    assert_eq!(greeted, (200, "nobody".to_owned(), false));
    let told = site.get("/events", None).await;
    assert_eq!(told, (200, "data: one\n\ndata: two\n\n".to_owned(), false));
    for path in ["/asks", "/takes"] {
        assert_eq!(
            site.get(path, None).await,
            (401, String::new(), true),
            "{path}"
        );
    }
    let ada = site.emulator.ada();
    let token = site.emulator.token(&ada).build();
    for path in ["/greeting", "/asks", "/takes"] {
        let answered = site.get(path, Some(&token)).await;
        assert_eq!(answered, (200, ada.id().to_owned(), false), "{path}");
    }
}
