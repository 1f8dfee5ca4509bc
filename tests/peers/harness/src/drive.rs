//! Requests through a service, and whether it does its work.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

use http::{Request, Response, StatusCode, header};
use tokio::runtime::Runtime;
use tower::{Service, ServiceExt};

use crate::{Error, Site};

/// How long the keys may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Driver<B, S> {
    pub(crate) runtime: Runtime,
    pub(crate) service: S,
    pub(crate) host: String,
    body: std::marker::PhantomData<B>,
}

impl<B, S, R> Driver<B, S>
where
    B: Default,
    S: Service<Request<B>, Response = Response<R>, Error: Debug> + Clone,
{
    /// A service that has its keys, has seen the tokens to be seen, and has refused the wrong ones.
    pub(crate) fn new(runtime: Runtime, service: S, site: &Site) -> Result<Self, Error> {
        let host = site
            .resource
            .split('/')
            .nth(2)
            .ok_or("the resource is no URL")?;
        let mut driver = Self {
            runtime,
            service,
            host: host.to_owned(),
            body: std::marker::PhantomData,
        };
        driver.wait_for_keys(site)?;
        let seen = driver.requests(&site.seen);
        driver.send(seen)?;
        for wrong in &site.wrong {
            let request = request(&driver.host, &wrong.token);
            let status = driver
                .runtime
                .block_on(status(&mut driver.service, request))?;
            if status.is_success() {
                return Err(format!("{} was accepted", wrong.what).into());
            }
        }
        Ok(driver)
    }

    /// Some fetch their keys on the first request, others beside it.
    fn wait_for_keys(&mut self, site: &Site) -> Result<(), Error> {
        let token = site.seen.first().ok_or("there is no token")?;
        let start = Instant::now();
        self.runtime.block_on(async {
            loop {
                let status = status(&mut self.service, request(&self.host, token)).await?;
                if status == StatusCode::OK {
                    return Ok(());
                }
                if start.elapsed() > PATIENCE {
                    return Err(format!("a good token is refused with {status}").into());
                }
                tokio::task::yield_now().await;
            }
        })
    }

    pub(crate) fn requests<'a>(
        &self,
        tokens: impl IntoIterator<Item = &'a String>,
    ) -> Vec<Request<B>> {
        tokens
            .into_iter()
            .map(|token| request(&self.host, token))
            .collect()
    }

    /// One after another; all of them have to be let in.
    pub(crate) fn send(&mut self, requests: Vec<Request<B>>) -> Result<(), Error> {
        self.runtime.block_on(async {
            for request in requests {
                let status = status(&mut self.service, request).await?;
                if status != StatusCode::OK {
                    return Err(format!("a good token is refused with {status}").into());
                }
            }
            Ok(())
        })
    }
}

/// As hyper hands it over: the path alone, and the host in its header.
pub(crate) fn request<B: Default>(host: &str, token: &str) -> Request<B> {
    let mut request = Request::new(B::default());
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = http::Uri::from_static("/mcp");
    let headers = request.headers_mut();
    for (name, value) in [
        (header::HOST, host.to_owned()),
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::AUTHORIZATION, format!("Bearer {token}")),
    ] {
        if let Ok(value) = value.try_into() {
            headers.insert(name, value);
        }
    }
    request
}

pub(crate) async fn status<B, S, R>(
    service: &mut S,
    request: Request<B>,
) -> Result<StatusCode, Error>
where
    S: Service<Request<B>, Response = Response<R>, Error: Debug>,
{
    let ready = service.ready().await.map_err(broken)?;
    let response = ready.call(request).await.map_err(broken)?;
    Ok(response.status())
}

fn broken(error: impl Debug) -> Error {
    format!("the service fails: {error:?}").into()
}
