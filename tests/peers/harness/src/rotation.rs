//! What callers meet when the issuer begins to sign with a new key.

use std::{
    fmt::Debug,
    io,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::interval;
use tower::Service;

use crate::{
    Error, Site,
    drive::{Driver, request, status},
};

/// Told to the runner when the keys are there, and by it when a new one has been added.
pub const READY: &str = "ready";
pub const GO: &str = "go";

/// The steady load: so many requests at once, so often.
const AT_ONCE: usize = 4;
const EVERY: Duration = Duration::from_millis(4);

pub(crate) fn watch<B, S, R>(
    driver: &Driver<B, S>,
    site: &Site,
    seconds: u64,
) -> Result<Value, Error>
where
    B: Default,
    S: Service<Request<B>, Response = Response<R>, Error: Debug> + Clone,
{
    println!("{READY}");
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    if line.trim_end() != GO || site.rotated.is_empty() {
        return Err("the runner has no new key".into());
    }
    driver.runtime.block_on(async {
        let start = Instant::now();
        let (mut requests, mut refused, mut until) = (0_u64, 0_u64, Duration::ZERO);
        let mut tokens = site.rotated.iter().cycle();
        let mut ticks = interval(EVERY);
        while start.elapsed() < Duration::from_secs(seconds) {
            ticks.tick().await;
            let calls = tokens.by_ref().take(AT_ONCE).map(|token| {
                let mut service = driver.service.clone();
                let request = request(&driver.host, token);
                async move { status(&mut service, request).await }
            });
            for status in join_all(calls).await {
                requests += 1;
                if status? != StatusCode::OK {
                    refused += 1;
                    until = start.elapsed();
                }
            }
        }
        Ok(json!({ "requests": requests, "refused": refused, "until": until.as_secs_f64() }))
    })
}
