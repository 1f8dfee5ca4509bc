//! Times as multiples of the bare signature check, all taken in turn in the same process.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

use http::{Request, Response};
use serde_json::{Value, json};
use tower::Service;

use crate::{Error, Site, drive::Driver, signature::Signatures};

const BATCH: usize = 16;
/// Rounds without fresh tokens; with them there are as many as they last.
const ROUNDS: usize = 400;

pub(crate) fn time<B, S, R>(mut driver: Driver<B, S>, site: &Site) -> Result<Value, Error>
where
    B: Default,
    S: Service<Request<B>, Response = Response<R>, Error: Debug> + Clone,
{
    let batches: Vec<_> = if site.fresh.is_empty() {
        vec![&site.seen[..BATCH.min(site.seen.len())]; ROUNDS]
    } else {
        site.fresh.chunks_exact(BATCH).collect()
    };
    let mut times = [const { Vec::new() }; 3];
    for batch in batches {
        let signatures = Signatures::new(site, batch)?;
        let cold = driver.requests(batch);
        let warm = driver.requests(&site.seen);
        let counts = [batch.len(), batch.len(), site.seen.len()];
        let taken = [
            timed(|| signatures.verify(0..batch.len()))?,
            timed(|| driver.send(cold))?,
            timed(|| driver.send(warm))?,
        ];
        for ((times, taken), count) in times.iter_mut().zip(taken).zip(counts) {
            times.push(taken.div_f64(count as f64));
        }
    }
    let [raw, cold, warm] = times.map(fastest_tenth);
    let ratio = |time: Duration| time.as_secs_f64() / raw.as_secs_f64();
    Ok(json!({ "raw_ns": raw.as_nanos(), "cold": ratio(cold), "warm": ratio(warm) }))
}

fn timed(work: impl FnOnce() -> Result<(), Error>) -> Result<Duration, Error> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// The time that a tenth of the rounds undercut: what others do on this machine only ever adds.
fn fastest_tenth(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 10).copied().unwrap_or_default()
}
