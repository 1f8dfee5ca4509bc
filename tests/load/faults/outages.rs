//! The key endpoint gives no keys: before the server has any, and when it has some.

use std::time::{Duration, Instant};

use serde_json::json;
use workos_mcp::Limits;
use workos_mcp_emulator::{Emulator, Endpoint, Fault};
use workos_mcp_tests::{KeyAnswer, KeyServer};

use super::{
    Cost,
    site::{Due, Site},
};
use crate::{Failure, table::mebibytes};

const FETCH_TIMEOUT: Duration = Duration::from_secs(1);
/// For two cores that others use as well.
const SLACK: Duration = Duration::from_secs(1);
/// How long each fault lasts at least.
const LASTS: Duration = Duration::from_secs(2);
const BATCH: usize = 100;
/// How much of a long answer may be on its way until the server hangs up: what the buffers of two sockets hold.
const MOST_TAKEN: u64 = 16 << 20;

enum Kind {
    Emulator(Fault),
    ByHand(KeyAnswer),
}

pub(super) async fn run() -> Result<Vec<Cost>, Failure> {
    let elsewhere = Emulator::start().await?;
    let body = |content_type: &str, body: &str| Fault::Body {
        status: 200,
        content_type: content_type.to_owned(),
        body: body.to_owned(),
    };
    let keys_elsewhere = format!("{}/oauth2/jwks", elsewhere.url());
    let faults = [
        ("503", Kind::Emulator(Fault::Status(503))),
        ("connections reset", Kind::Emulator(Fault::Reset)),
        ("stalled", Kind::Emulator(Fault::Stall)),
        ("bytes that never end", Kind::ByHand(KeyAnswer::Drip)),
        (
            "1 GiB, announced",
            Kind::ByHand(KeyAnswer::Gibibyte { announced: true }),
        ),
        (
            "1 GiB, not announced",
            Kind::ByHand(KeyAnswer::Gibibyte { announced: false }),
        ),
        (
            "HTML",
            Kind::Emulator(body("text/html", "<!DOCTYPE html><title>Login</title>")),
        ),
        (
            "an empty set",
            Kind::Emulator(body("application/json", r#"{"keys":[]}"#)),
        ),
        (
            "a redirect to other keys",
            Kind::Emulator(Fault::Redirect(keys_elsewhere)),
        ),
    ];
    let mut costs = Vec::new();
    for (name, kind) in &faults {
        costs.push(cold(name, kind).await?);
    }
    for (name, kind) in &faults {
        costs.push(warm(name, kind).await?);
    }
    let followed = elsewhere.requests(Endpoint::Jwks);
    for cost in costs
        .iter_mut()
        .filter(|cost| cost.fault.contains("redirect"))
    {
        let note = format!("followed {followed} times");
        cost.notes.push((note, followed == 0));
    }
    Ok(costs)
}

/// A server whose key endpoint is broken from the start, or works.
async fn start(kind: &Kind, broken: bool, limits: Limits) -> Result<Site, Failure> {
    let emulator = Emulator::start().await?;
    let key_server = match kind {
        Kind::Emulator(fault) => {
            if broken {
                emulator.fault(Endpoint::Jwks, fault.clone());
            }
            None
        }
        Kind::ByHand(_) if !broken => Some(KeyServer::start(keys_of(&emulator)).await),
        Kind::ByHand(answer) => Some(KeyServer::start(answer.clone()).await),
    };
    Site::start(emulator, key_server, limits).await
}

fn keys_of(emulator: &Emulator) -> KeyAnswer {
    KeyAnswer::Keys(json!({ "keys": [emulator.signing_key().jwk()] }))
}

fn break_keys(site: &Site, kind: &Kind) {
    match (kind, &site.key_server) {
        (Kind::ByHand(answer), Some(server)) => server.set(answer.clone()),
        (Kind::Emulator(fault), _) => site.emulator().fault(Endpoint::Jwks, fault.clone()),
        (Kind::ByHand(_), None) => {}
    }
}

fn mend_keys(site: &Site) {
    match &site.key_server {
        Some(server) => server.set(keys_of(site.emulator())),
        None => site.emulator().clear_fault(Endpoint::Jwks),
    }
}

async fn cold(name: &str, kind: &Kind) -> Result<Cost, Failure> {
    let mut limits = Limits::default();
    limits.fetch_timeout = FETCH_TIMEOUT;
    let retry = limits.key_retry;
    let site = start(kind, true, limits).await?;
    let began = Instant::now();
    while began.elapsed() < LASTS {
        site.traffic(BATCH, None, Due::Unavailable).await?;
    }
    let key_requests = site.key_requests();
    let may_ask = 1..=2 + tries(began.elapsed(), retry);
    let mut seen = site.seen();

    mend_keys(&site);
    let mended = Instant::now();
    // A fetch may be under way that still meets the fault, and its failure is remembered.
    let longest = FETCH_TIMEOUT + retry + SLACK;
    let recovered = loop {
        let got = site.ask(&site.token()).await?;
        if got.accepted || mended.elapsed() > longest {
            break got.accepted;
        }
        site.note(Due::Unavailable, &got);
    };
    let took = mended.elapsed().as_secs_f64();
    let longest = longest.as_secs();
    let mut notes = vec![(
        format!("let in {took:.1} s after it (at most {longest})"),
        recovered,
    )];
    site.traffic(BATCH, None, Due::Accepted).await?;
    seen.add_counts(site.seen());
    notes.extend(taken(&site, kind));
    Ok(Cost {
        fault: format!("{name}; no keys yet"),
        key_requests,
        may_ask,
        seen,
        slowest: 2 * FETCH_TIMEOUT + SLACK,
        notes,
    })
}

async fn warm(name: &str, kind: &Kind) -> Result<Cost, Failure> {
    let mut limits = Limits::default();
    limits.fetch_timeout = FETCH_TIMEOUT;
    // So that the fault is met.
    limits.key_refresh = Duration::from_millis(500);
    let retry = limits.key_retry;
    let site = start(kind, false, limits).await?;
    let known = site.token();
    site.good(&known, Due::Accepted).await?;
    let first = site.seen();

    break_keys(&site, kind);
    let before = site.key_requests();
    let began = Instant::now();
    while began.elapsed() < LASTS || site.key_requests() < before + 2 {
        if began.elapsed() > 10 * LASTS {
            return Err(format!("{name}: the keys are not refreshed").into());
        }
        site.traffic(BATCH, Some(&known), Due::Accepted).await?;
    }
    let mut seen = site.seen();
    let unknown = site.ask(&site.of_unknown_key(0)).await?;
    let mut notes = vec![(
        format!("an unknown key: {}", unknown.status),
        unknown.told_to_retry,
    )];
    let key_requests = site.key_requests() - before;
    // One may have been under way, and the unknown key may have cost one.
    let may_ask = 2..=3 + tries(began.elapsed(), retry);

    mend_keys(&site);
    site.traffic(BATCH, Some(&known), Due::Accepted).await?;
    seen.add_counts(first);
    seen.add_counts(site.seen());
    notes.extend(taken(&site, kind));
    Ok(Cost {
        fault: format!("{name}; keys known"),
        key_requests,
        may_ask,
        seen,
        // Nobody waits for the keys.
        slowest: FETCH_TIMEOUT,
        notes,
    })
}

/// How often may be tried when each failure is remembered for so long.
fn tries(lasted: Duration, retry: Duration) -> u64 {
    let tries = lasted.as_millis().div_ceil(retry.as_millis());
    u64::try_from(tries).unwrap_or(u64::MAX)
}

fn taken(site: &Site, kind: &Kind) -> Option<(String, bool)> {
    let (Kind::ByHand(KeyAnswer::Gibibyte { .. }), Some(server)) = (kind, &site.key_server) else {
        return None;
    };
    let sent = server.most_sent();
    let note = format!(
        "{} of it taken (at most {})",
        mebibytes(sent),
        mebibytes(MOST_TAKEN)
    );
    Some((note, sent > 0 && sent <= MOST_TAKEN))
}
