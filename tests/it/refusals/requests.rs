//! Where a request comes from, how large it is and how it is spelt does not get it past the guard.

use std::{convert::Infallible, fmt::Write};

use http::Method;
use reqwest::{Body, RequestBuilder, header::ORIGIN};
use workos_mcp::Limits;
use workos_mcp_tests::{CALL, CALL_HEADERS, World};

use super::Site;

/// [`CALL`] as it goes over the wire.
fn text(target: &str, headers: &[(&str, &str)]) -> String {
    let mut text = format!("POST {target} HTTP/1.1\r\n");
    for (name, value) in CALL_HEADERS.iter().chain(headers) {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    write!(text, "content-length: {}\r\n\r\n{CALL}", CALL.len()).unwrap();
    text
}

// Attacks: 7.
#[tokio::test]
async fn a_foreign_host_is_refused_before_anybody_looks_at_the_token() {
    let site = Site::start().await;
    let (ours, good) = (
        site.world.host(),
        format!("Bearer {}", site.token().build()),
    );
    for authorization in [good.as_str(), "Bearer bad", "Basic x"] {
        for (host, status) in [
            ("evil.example", "403"),
            (&*format!("{ours}.evil.example"), "400"),
            (
                &*format!("evil.example:{}", ours.rsplit_once(':').unwrap().1),
                "403",
            ),
            ("localhost.evil.example", "403"),
            ("127.0.0.1.nip.io", "403"),
            ("2130706433", "403"),
            ("0.0.0.0", "403"),
            (&*format!("evil.example@{ours}"), "400"),
            (&*format!("{ours}9999"), "400"),
            ("", "400"),
        ] {
            let headers = [
                ("host", host),
                ("authorization", authorization),
                ("connection", "close"),
            ];
            let answer = site.world.raw(&text("/mcp", &headers)).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} ")),
                "{host}: {answer}"
            );
            assert!(!answer.contains("www-authenticate"), "{host}: {answer}");
            site.nothing_ran(host);
        }
        for hosts in [
            vec![],
            vec![("host", &*ours), ("host", &*ours)],
            vec![("host", &*ours), ("host", "evil.example")],
        ] {
            let headers = [
                hosts.clone(),
                vec![("authorization", authorization), ("connection", "close")],
            ];
            let answer = site.world.raw(&text("/mcp", &headers.concat())).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{hosts:?}: {answer}");
            site.nothing_ran("not one host");
        }
    }
}

// Attacks: 7.
#[tokio::test]
async fn a_foreign_origin_is_refused_before_anybody_looks_at_the_token() {
    let mut site = Site::start().await;
    let (ours, token) = (site.world.url(""), site.token().build());
    let requests = [
        site.world.call(),
        site.world.call().bearer_auth("bad"),
        site.world.call().bearer_auth(&token),
    ];
    let with = |request: &RequestBuilder, origins: &[&str]| {
        let request = request.try_clone().unwrap();
        origins
            .iter()
            .fold(request, |request, origin| request.header(ORIGIN, *origin))
    };
    for request in &requests {
        for origins in [
            &["https://evil.example"][..],
            &["null"],
            &[""],
            &["https://localhost.evil.example"],
            &["http://localhost.evil.example:3000"],
            &["http://127.0.0.1.evil.example"],
            &["http://evil.example@localhost"],
            &["https://localhost"],
            &["http://localhost/"],
            &["localhost"],
            &["file://"],
            &["http://localhost, https://evil.example"],
            &["http://localhost", "https://evil.example"],
            &[&ours, &ours],
        ] {
            let response = with(request, origins).send().await.unwrap();
            assert_eq!(response.status(), 403, "{origins:?}");
            assert!(
                !response.headers().contains_key("www-authenticate"),
                "{origins:?}"
            );
            site.nothing_ran(&format!("{origins:?}"));
        }
    }
    for origin in [
        &*ours,
        "http://localhost",
        "http://localhost:5173",
        "http://127.0.0.1:6274",
    ] {
        let response = with(&requests[2], &[origin]).send().await.unwrap();
        site.admitted += 1;
        assert_eq!(response.status(), 200, "{origin}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_however_it_is_sent() {
    let limited = World::builder().configure(|builder| {
        let mut limits = Limits::default();
        limits.body_bytes = 1024;
        builder.limits(limits)
    });
    let mut site = Site::of(limited).await;
    let token = site.token().build();
    let (fits, too_large) = (format!("{CALL:1024}"), format!("{CALL:1025}"));
    let chunked = |text: &str| {
        let chunks: Vec<_> = text
            .as_bytes()
            .chunks(100)
            .map(<[u8]>::to_vec)
            .map(Ok::<_, Infallible>)
            .collect();
        Body::wrap_stream(futures_util::stream::iter(chunks))
    };
    let call = || site.world.call();
    for (name, request, status) in [
        ("announced, no token", call().body(too_large.clone()), 413),
        (
            "announced, bad token",
            call().bearer_auth("bad").body(too_large.clone()),
            413,
        ),
        (
            "announced, good token",
            call().bearer_auth(&token).body(too_large.clone()),
            413,
        ),
        (
            "announced, foreign",
            call().header(ORIGIN, "null").body(too_large.clone()),
            403,
        ),
        ("chunked, no token", call().body(chunked(&too_large)), 401),
        (
            "chunked, bad token",
            call().bearer_auth("bad").body(chunked(&too_large)),
            401,
        ),
        (
            "chunked, good token",
            call().bearer_auth(&token).body(chunked(&too_large)),
            413,
        ),
        (
            "chunked, much too large",
            call()
                .bearer_auth(&token)
                .body(chunked(&too_large.repeat(20))),
            413,
        ),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{name}");
        site.nothing_ran(name);
    }
    for body in [Body::from(fits.clone()), chunked(&fits)] {
        let response = site
            .world
            .call()
            .bearer_auth(&token)
            .body(body)
            .send()
            .await
            .unwrap();
        site.admitted += 1;
        assert_eq!(response.status(), 200);
        site.nothing_ran("at the limit");
    }
}

// Attacks: 23.
#[tokio::test]
async fn no_method_gets_past_the_guard() {
    let site = Site::start().await;
    let methods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND",
    ];
    for method in methods.map(|method| method.parse::<Method>().unwrap()) {
        let request = || {
            site.world
                .http
                .request(method.clone(), site.world.mcp_url())
                .body(CALL)
        };
        let response = request().send().await.unwrap();
        assert_eq!(response.status(), 401, "{method}");
        assert_eq!(
            response.headers()["www-authenticate"],
            site.challenge(""),
            "{method}"
        );
        let response = request()
            .bearer_auth(site.token().build())
            .send()
            .await
            .unwrap();
        assert!(
            response.status().is_client_error(),
            "{method}: {}",
            response.status()
        );
        site.nothing_ran(method.as_str());
    }
}

// Attacks: 23.
#[tokio::test]
async fn no_other_spelling_of_the_path_reaches_the_handler() {
    let site = Site::start().await;
    let (host, bearer) = (
        site.world.host(),
        format!("Bearer {}", site.token().build()),
    );
    for authorization in [bearer.as_str(), ""] {
        for target in [
            "/mcp/",
            "//mcp",
            "/mcp//",
            "/mcp/x",
            "/x/mcp",
            "/%6dcp",
            "/%6Dcp",
            "/mcp%2f",
            "/mcp%00",
            "/MCP",
            "/mcp;x",
            "/mcp.",
            "/./mcp",
            "/x/../mcp",
            "/",
        ] {
            let headers = [
                ("host", &*host),
                ("authorization", authorization),
                ("connection", "close"),
            ];
            let answer = site.world.raw(&text(target, &headers)).await;
            assert!(answer.starts_with("HTTP/1.1 404 "), "{target}: {answer}");
            site.nothing_ran(target);
        }
    }
}

// Attacks: 22.
#[tokio::test]
async fn every_request_of_a_connection_needs_its_own_token() {
    let mut site = Site::start().await;
    let (host, bearer) = (
        site.world.host(),
        format!("Bearer {}", site.token().build()),
    );
    let first = text("/mcp", &[("host", &host), ("authorization", &bearer)]);
    let second = text("/mcp", &[("host", &host), ("connection", "close")]);
    let answers = site.world.raw(&format!("{first}{second}")).await;
    site.admitted += 1;
    let statuses: Vec<_> = answers
        .matches("HTTP/1.1 200")
        .chain(answers.matches("HTTP/1.1 401"))
        .collect();
    assert_eq!(statuses, ["HTTP/1.1 200", "HTTP/1.1 401"], "{answers}");
    site.nothing_ran("the second");
}

// Attacks: 25.
#[tokio::test]
async fn what_a_user_is_told_is_not_kept_by_caches() {
    let site = Site::start().await;
    let legacy = site.world.legacy(&site.world.emulator.ada()).await;
    let session = legacy.session.clone().unwrap();
    let with = |request: RequestBuilder| request.bearer_auth(site.token().build());
    let to = |method| with(site.world.http.request(method, site.world.mcp_url()));
    let stream = || {
        to(Method::GET)
            .header("accept", "text/event-stream")
            .header("mcp-protocol-version", "2025-11-25")
    };
    for (name, request, status) in [
        ("a call", with(site.world.call()), 200),
        (
            "a call from a browser",
            with(site.world.call()).header(ORIGIN, site.world.url("")),
            200,
        ),
        ("a stream", stream().header("mcp-session-id", &session), 200),
        (
            "a stream of no session",
            stream().header("mcp-session-id", "unknown"),
            404,
        ),
        (
            "a message without `Accept`",
            to(Method::POST).body(CALL),
            406,
        ),
        ("a method that is not there", to(Method::PUT), 405),
        (
            "the end of a session",
            to(Method::DELETE).header("mcp-session-id", &session),
            202,
        ),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{name}");
        let controls: Vec<_> = response.headers().get_all("cache-control").iter().collect();
        assert_eq!(controls, ["no-store"], "{name}");
        let vary: Vec<_> = response
            .headers()
            .get_all("vary")
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        assert!(
            vary.join(",").to_lowercase().contains("authorization"),
            "{name}: {vary:?}"
        );
    }
}
