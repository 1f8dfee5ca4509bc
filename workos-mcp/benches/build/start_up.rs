//! From the start of the process to the first request that is accepted.
//!
//! The server is this program again. It sends the request itself, as soon as it listens: so that nobody has to learn
//! its port first. The key set is the parent's.

mod key_server;
mod request;

use std::{
    env,
    process::{self, Command},
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use axum::Router;
use rmcp::{
    ServerHandler,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use tokio::net::TcpListener;
use workos_mcp::Provider;

use self::key_server::KeyServer;
use crate::{
    cargo,
    numbers::{median, ratio},
    token::Issuer,
};

const ROUNDS: usize = 41;
const HOST: &str = "mcp.example.com";
const GUARDED: &str = "guarded-server";
const BARE: &str = "bare-server";
/// With what else calls some API by HTTPS.
const WITH_CLIENT: &str = "server-with-client";

/// What the first TLS connection of a process does too, wherever rustls runs on AWS-LC: it measures the processor's jitter.
const SEED: &str = "  seed AWS-LC's random numbers";

#[derive(Clone)]
struct Greeter;

impl ServerHandler for Greeter {}

/// Whether this process is the one that is measured.
pub(crate) fn is_the_server() -> bool {
    env::args().any(|argument| [GUARDED, BARE, WITH_CLIENT].contains(&&*argument))
}

/// Prints when it came how far, and ends.
pub(crate) fn serve() {
    let started = now();
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [kind, issuer, token] = &*arguments else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        if kind != BARE {
            aws_lc_rs::rand::fill(&mut [0]).unwrap();
        }
        let seeded = now();
        let provider = (kind == GUARDED).then(|| {
            let provider = Provider::builder()
                .authkit_domain(issuer)
                .base_url(format!("https://{HOST}"));
            provider.build().unwrap()
        });
        let client = (kind == WITH_CLIENT).then(reqwest::Client::new);
        let built = now();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let bound = now();
        let token = token.clone();
        thread::spawn(move || {
            request::initialize(address, HOST, &token);
            let marks =
                [started, seeded, built, bound, now()].map(|mark| mark.as_nanos().to_string());
            println!("{}", marks.join(" "));
            process::exit(0);
        });
        match provider {
            Some(provider) => provider
                .serve_on(listener, std::future::pending(), || Ok(Greeter))
                .await
                .unwrap(),
            None => serve_bare(listener).await,
        }
        drop(client);
    });
}

async fn serve_bare(listener: TcpListener) {
    let service = StreamableHttpService::new(
        || Ok(Greeter),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default().with_allowed_hosts([HOST]),
    );
    let router = Router::new().route_service("/mcp", service);
    axum::serve(listener, router).await.unwrap();
}

/// Two processes have no other clock in common.
fn now() -> Duration {
    SystemTime::UNIX_EPOCH.elapsed().unwrap()
}

pub(crate) fn print() {
    let issuer = Issuer::new();
    let keys = KeyServer::start(issuer.key_set());
    let token = issuer.token(keys.url(), &format!("https://{HOST}/mcp"));
    let raw = issuer.raw_verify(&token);

    let mut guarded = [(); 7].map(|()| Vec::new());
    let mut with_client = [(); 6].map(|()| Vec::new());
    let mut bare = [(); 6].map(|()| Vec::new());
    for _ in 0..ROUNDS {
        let [spawned, started, seeded, built, bound, answered] = marks(GUARDED, keys.url(), &token);
        let fetched = keys.answered();
        record(
            &mut guarded,
            &[spawned, started, seeded, built, bound, fetched, answered],
        );
        record(&mut with_client, &marks(WITH_CLIENT, keys.url(), &token));
        record(&mut bare, &marks(BARE, keys.url(), &token));
    }

    println!(
        "\nto the first accepted request: median of {ROUNDS} starts, and as multiple of a bare signature check ({} µs)",
        raw.as_micros()
    );
    let show = |title: &str, times: Vec<Duration>| {
        let time = median(times);
        println!(
            "{title:<44} {:>10} {:>8.1}",
            format!("{:.2} ms", time.as_secs_f64() * 1e3),
            ratio(time, raw)
        );
    };
    let [process, seed, build, bind, fetch, request, all] = guarded;
    show("rmcp, workos-mcp", all);
    show("  process", process);
    show(SEED, seed);
    show("  build the provider", build);
    show("  bind", bind);
    show("  fetch the keys", fetch);
    show("  verify and answer the waiting request", request);
    let [process, seed, build, bind, request, all] = with_client;
    show("rmcp, reqwest with rustls", all);
    show("  process", process);
    show(SEED, seed);
    show("  build the client, with the system's roots", build);
    show("  bind", bind);
    show("  answer the request", request);
    let [process, _, _, bind, request, all] = bare;
    show("rmcp", all);
    show("  process", process);
    show("  bind", bind);
    show("  answer the request", request);
}

/// The times between the marks, and the time between the first and the last.
fn record<const N: usize>(times: &mut [Vec<Duration>; N], marks: &[Duration; N]) {
    let between = marks
        .windows(2)
        .map(|marks| marks[1].saturating_sub(marks[0]));
    let all = marks[N - 1].saturating_sub(marks[0]);
    for (times, time) in times.iter_mut().zip(between.chain([all])) {
        times.push(time);
    }
}

/// When the process was wanted, and what it says of itself.
fn marks(kind: &str, issuer: &str, token: &str) -> [Duration; 6] {
    let mut server = Command::new(env::current_exe().unwrap());
    server.args([kind, issuer, token]);
    for variable in ["BASE_URL", "BIND", "PORT"] {
        server.env_remove(variable);
    }
    for (variable, _) in env::vars_os() {
        if variable.to_string_lossy().starts_with("WORKOS_") {
            server.env_remove(variable);
        }
    }
    let spawned = now();
    let printed = cargo::run(&mut server);
    let mut marks = printed
        .split_whitespace()
        .map(|mark| Duration::from_nanos(mark.parse().unwrap()));
    let [started, seeded, built, bound, answered] = [(); 5].map(|()| marks.next().unwrap());
    [spawned, started, seeded, built, bound, answered]
}
