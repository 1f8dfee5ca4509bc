//! A request through the guard, and the same request without it.

use std::{convert::Infallible, future, hint::black_box, sync::Barrier, thread, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
};
use bytes::Bytes;
use futures_util::FutureExt;
use tokio::runtime::Runtime;
use tower::{Layer, Service, service_fn};
use workos_mcp::Provider;

use crate::{
    issuer::Issuer,
    rounds::{each, fastest_tenth, median},
    table::{Bar, Reading},
    verify::Bare,
};

const CALLS: u32 = 200;

/// What a client of the current protocol version sends.
const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greet","arguments":{"name":"Ada"}}}"#;

const ANSWER: &str =
    r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"Hello, Ada!"}]}}"#;

/// The same handler twice, once behind the guard.
#[derive(Clone)]
pub(crate) struct Routes {
    pub(crate) plain: Router,
    pub(crate) guarded: Router,
}

impl Routes {
    pub(crate) fn new(provider: &Provider) -> Self {
        // Of some size, as a real handler is: one without any could be boxed for nothing.
        let body = Bytes::from_static(ANSWER.as_bytes());
        let answer = service_fn(move |request: Request<Body>| {
            drop(black_box(request));
            let mut response = Response::new(Body::from(body.clone()));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            future::ready(Ok::<_, Infallible>(response))
        });
        let plain = Router::new().route_service("/mcp", answer.clone());
        let guarded = Router::new().route_service("/mcp", provider.layer().layer(answer));
        Self { plain, guarded }
    }

    /// Waits for the keys.
    pub(crate) fn warm_up(&mut self, runtime: &Runtime, token: &str) {
        let response = runtime.block_on(self.guarded.call(request(&Headers::new(token))));
        assert_eq!(
            response.map(|response| response.status()),
            Ok(StatusCode::OK)
        );
    }
}

/// A guard that has its keys, and a token that it has seen.
pub(crate) struct Scene {
    pub(crate) issuer: Issuer,
    pub(crate) provider: Provider,
    pub(crate) token: String,
    pub(crate) routes: Routes,
}

impl Scene {
    pub(crate) fn new(runtime: &Runtime) -> Self {
        let issuer = Issuer::start(runtime);
        let provider = issuer.provider().build().unwrap();
        let token = issuer.token(0);
        let mut routes = Routes::new(&provider);
        routes.warm_up(runtime, &token);
        Self {
            issuer,
            provider,
            token,
            routes,
        }
    }
}

/// The headers of a request.
pub(crate) struct Headers(HeaderMap);

impl Headers {
    pub(crate) fn new(token: &str) -> Self {
        let mut headers = HeaderMap::with_capacity(12);
        for (name, value) in [
            ("host", "mcp.example.com"),
            ("user-agent", "client/1.0"),
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "greet"),
        ] {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let bearer = Bytes::from(format!("Bearer {token}"));
        let bearer = HeaderValue::from_maybe_shared(bearer).unwrap();
        headers.insert(AUTHORIZATION, bearer);
        Self(headers)
    }
}

pub(crate) fn request(headers: &Headers) -> Request<Body> {
    let mut request = Request::new(Body::from(CALL));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = http::Uri::from_static("/mcp");
    *request.headers_mut() = headers.0.clone();
    request
}

pub(crate) fn call(router: &mut Router, headers: &Headers) {
    let answer = router.call(request(headers)).now_or_never();
    let status = answer.map(|answer| answer.map(|response| response.status()));
    assert_eq!(status, Some(Ok(StatusCode::OK)));
}

/// Nanoseconds of one request without the guard and with it, and of one bare check of a signature.
struct Cost {
    plain: f64,
    guarded: f64,
    bare: f64,
}

impl Cost {
    fn readings(&self, benchmark: &'static str, bar: f64) -> Vec<Reading> {
        let reading = |what: &str, value, bar| Reading {
            benchmark,
            what: what.to_owned(),
            value,
            bar,
        };
        let guard = (self.guarded - self.plain) / self.bare;
        vec![
            reading("time, of a bare signature check", guard, Bar::AtMost(bar)),
            reading("  nanoseconds of that check", self.bare, Bar::None),
            reading(
                "  nanoseconds of the request without the layer",
                self.plain,
                Bar::None,
            ),
        ]
    }
}

/// `layer_warm`
pub(crate) fn warm(runtime: &Runtime) -> Vec<Reading> {
    let Scene {
        issuer,
        token,
        mut routes,
        ..
    } = Scene::new(runtime);
    let headers = Headers::new(&token);
    let bare = Bare::new(&issuer, &token);
    let mut other = routes.plain.clone();
    let [plain, guarded, bare] = fastest_tenth(
        2000,
        [
            &mut || each(CALLS, || call(&mut other, &headers)),
            &mut || each(CALLS, || call(&mut routes.guarded, &headers)),
            &mut || each(CALLS / 10, || bare.check()),
        ],
    );
    let cost = Cost {
        plain,
        guarded,
        bare,
    };
    cost.readings("layer_warm", 0.04)
}

/// `layer_warm_contended`
pub(crate) fn contended(runtime: &Runtime) -> Vec<Reading> {
    let Scene {
        issuer,
        token,
        routes,
        ..
    } = Scene::new(runtime);
    let bare = Bare::new(&issuer, &token);
    let barrier = Barrier::new(2);
    let measure = || {
        let mut routes = routes.clone();
        // Read by both, as the head of a request is, but not shared.
        let headers = Headers::new(&token);
        median(
            300,
            [
                &mut || together(&barrier, || call(&mut routes.plain, &headers)),
                &mut || together(&barrier, || call(&mut routes.guarded, &headers)),
                &mut || together(&barrier, || bare.check()),
            ],
        )
    };
    let [one, other] = thread::scope(|scope| {
        let other = scope.spawn(measure);
        [measure(), other.join().unwrap()]
    });
    let [plain, guarded, bare] = std::array::from_fn(|at| f64::midpoint(one[at], other[at]));
    let cost = Cost {
        plain,
        guarded,
        bare,
    };
    cost.readings("layer_warm_contended", 0.06)
}

/// Begins when the other thread does.
fn together(barrier: &Barrier, call: impl FnMut()) -> Duration {
    barrier.wait();
    each(2000, call)
}
