//! Allocations of a request, the building of the request not counted.

use std::fmt::Debug;

use http::{Request, Response};
use serde_json::Value;
use tower::Service;

use crate::{Error, Site, drive::Driver};

#[cfg(feature = "allocations")]
pub(crate) fn count<B, S, R>(mut driver: Driver<B, S>, site: &Site) -> Result<Value, Error>
where
    B: Default,
    S: Service<Request<B>, Response = Response<R>, Error: Debug> + Clone,
{
    const REQUESTS: usize = 256;

    let mut each = |tokens: &[String]| {
        let requests = driver.requests(tokens.iter().cycle().take(REQUESTS));
        let mut sent = Ok(());
        let counted = allocation_counter::measure(|| sent = driver.send(requests));
        sent.map(|()| (counted.count_total as f64 / REQUESTS as f64).round())
    };
    let cold = if site.fresh.len() < REQUESTS {
        None
    } else {
        Some(each(&site.fresh)?)
    };
    let warm = each(&site.seen)?;
    Ok(serde_json::json!({ "cold": cold.unwrap_or(warm), "warm": warm }))
}

#[cfg(not(feature = "allocations"))]
pub(crate) fn count<B, S, R>(_: Driver<B, S>, _: &Site) -> Result<Value, Error>
where
    S: Service<Request<B>, Response = Response<R>, Error: Debug> + Clone,
{
    Err("built without the feature allocations of the harness; build it with it".into())
}
