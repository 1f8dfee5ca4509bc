//! Keys come and go, and strangers name keys that never were.

use std::time::{Duration, Instant};

use axum::body::Body;
use futures_util::{StreamExt, future::try_join_all, stream};
use http::Request;
use tower::Service;
use workos_mcp::Limits;
use workos_mcp_emulator::Emulator;
use workos_mcp_tests::{CALL, CALL_HEADERS, Tools};

use super::{
    Cost,
    site::{Due, Got, Site},
};
use crate::Failure;

const AT_ONCE: usize = 1000;
const UNKNOWN_KEYS: usize = 10_000;
const WITHDRAWN: usize = 200;
/// What strangers may cost at once, and until another is allowed.
const BUCKET: u64 = 3;
const REFILL: Duration = Duration::from_secs(30);

pub(super) async fn run() -> Result<Vec<Cost>, Failure> {
    Ok(vec![
        rotation().await?,
        withdrawal(true).await?,
        withdrawal(false).await?,
        flood().await?,
    ])
}

async fn start(limits: Limits) -> Result<Site, Failure> {
    let site = Site::start(Emulator::start().await?, None, limits).await?;
    site.good(&site.token(), Due::Accepted).await?;
    Ok(site)
}

async fn rotation() -> Result<Cost, Failure> {
    let limits = Limits::default();
    // All wait for one fetch, and then for each other.
    let slowest = limits.fetch_timeout;
    let site = start(limits).await?;
    let before = site.key_requests();
    site.emulator().rotate_keys().await?;
    let tokens: Vec<_> = (0..AT_ONCE).map(|_| site.token()).collect();
    // Past the sockets, of which a process may have too few.
    let router = site.world.provider.router(|| Ok(Tools::default()));
    let sent = Instant::now();
    let calls = tokens.iter().map(|token| {
        let mut request = Request::post("/mcp")
            .header("host", site.world.host())
            .header("authorization", format!("Bearer {token}"));
        for (name, value) in CALL_HEADERS {
            request = request.header(name, value);
        }
        let mut router = router.clone();
        async move {
            let answer = router.call(request.body(Body::from(CALL))?).await?;
            let (head, body) = answer.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await?;
            let text = String::from_utf8_lossy(&body).into_owned();
            Ok::<_, Failure>((head, text, sent.elapsed()))
        }
    });
    let ada = site.emulator().ada();
    for (head, text, took) in try_join_all(calls).await? {
        let got = Got::new(&head, text, took, ada.id());
        site.note(Due::Accepted, &got);
    }
    Ok(Cost {
        fault: format!("a new key, {AT_ONCE} requests at once"),
        key_requests: site.key_requests() - before,
        may_ask: 1..=1,
        seen: site.seen(),
        slowest,
        notes: Vec::new(),
    })
}

/// A key is withdrawn whose tokens were accepted, and remembered. `used`: its successor is used, which makes the server ask;
/// else it must notice by itself.
async fn withdrawal(used: bool) -> Result<Cost, Failure> {
    let mut limits = Limits::default();
    if !used {
        limits.key_refresh = Duration::from_secs(1);
    }
    let (refresh, fetch_timeout) = (limits.key_refresh, limits.fetch_timeout);
    let site = start(limits).await?;
    let old: Vec<_> = (0..WITHDRAWN).map(|_| site.token()).collect();
    for token in &old {
        site.good(token, Due::Accepted).await?;
    }
    let mut seen = site.seen();
    seen.times.clear();
    site.emulator().rotate_keys().await?;
    // By now the server knows of both, whether it asks or is asked.
    site.good(&site.token(), Due::Accepted).await?;
    let before = site.key_requests();
    let withdrawn = Instant::now();
    site.emulator().withdraw_old_keys();
    let mut notes = Vec::new();
    if used {
        site.emulator().rotate_keys().await?;
        site.good(&site.token(), Due::Accepted).await?;
    } else {
        let first = old.first().ok_or("no token")?;
        while site.ask(first).await?.accepted && withdrawn.elapsed() < 10 * refresh {}
        let took = withdrawn.elapsed();
        let note = format!(
            "noticed after {:.1} s (at most {})",
            took.as_secs_f64(),
            refresh.as_secs_f64()
        );
        notes.push((note, took <= refresh));
    }
    let answers = stream::iter(&old).map(|token| async {
        site.bad(token).await?;
        site.good(&site.token(), Due::Accepted).await
    });
    let answers: Vec<_> = answers.buffer_unordered(8).collect().await;
    answers.into_iter().collect::<Result<(), Failure>>()?;
    let lasted = withdrawn.elapsed();
    let refreshes = u64::try_from(lasted.as_millis() / (refresh * 4 / 5).as_millis())? + 1;
    seen.take_in(site.seen());
    Ok(Cost {
        fault: format!(
            "a withdrawn key, {WITHDRAWN} remembered tokens, {}",
            if used {
                "its successor used"
            } else {
                "nobody uses another"
            }
        ),
        key_requests: site.key_requests() - before,
        may_ask: 1..=refreshes + 2,
        seen,
        slowest: fetch_timeout,
        notes,
    })
}

async fn flood() -> Result<Cost, Failure> {
    let limits = Limits::default();
    let (refresh, fetch_timeout) = (limits.key_refresh, limits.fetch_timeout);
    let site = start(limits).await?;
    let before = site.key_requests();
    let began = Instant::now();
    let requests = stream::iter(0..UNKNOWN_KEYS).map(|number| {
        let site = &site;
        async move {
            if number % 10 == 0 {
                site.good(&site.token(), Due::Accepted).await?;
            }
            site.bad(&site.of_unknown_key(number)).await
        }
    });
    let answers: Vec<_> = requests.buffer_unordered(8).collect().await;
    answers.into_iter().collect::<Result<(), Failure>>()?;
    let lasted = began.elapsed();
    let refreshes = u64::try_from(lasted.as_millis() / (refresh * 4 / 5).as_millis())?;
    let refills = lasted.as_secs() / REFILL.as_secs();
    Ok(Cost {
        fault: format!("{UNKNOWN_KEYS} unknown keys"),
        key_requests: site.key_requests() - before,
        may_ask: 1..=BUCKET + refills + refreshes,
        seen: site.seen(),
        slowest: fetch_timeout,
        notes: Vec::new(),
    })
}
