//! What every measured program shares: it is told of an issuer, builds its service, and puts requests through it in process.

mod allocations;
mod drive;
mod rotation;
mod signature;
mod site;
mod timing;

use std::{
    convert::Infallible,
    env,
    fmt::Debug,
    future::{Ready, ready},
    io,
    process::ExitCode,
};

use http::{Request, Response};
use tokio::runtime;
use tower::{Service, service_fn};

use self::{drive::Driver, signature::Signatures};
pub use self::{
    rotation::{GO, READY},
    site::{Jwk, Site, WrongToken},
};

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The program: `prepare` builds the service around [`Handler`], the arguments say what is measured, standard input
/// has the [`Site`], and standard output gets one line of JSON.
pub fn run<B, S, R>(prepare: impl AsyncFnOnce(&Site) -> Result<S, Error>) -> ExitCode
where
    B: Default,
    S: Service<Request<B>, Response = Response<R>, Error: Debug> + Clone,
{
    match measure(prepare) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure<B, S, R>(
    prepare: impl AsyncFnOnce(&Site) -> Result<S, Error>,
) -> Result<serde_json::Value, Error>
where
    B: Default,
    S: Service<Request<B>, Response = Response<R>, Error: Debug> + Clone,
{
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let site: Site = serde_json::from_str(&line)?;
    // One thread, so that nothing runs beside what is measured.
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let service = runtime.block_on(prepare(&site))?;
    let driver = Driver::new(runtime, service, &site)?;

    let arguments: Vec<_> = env::args().skip(1).collect();
    match &*arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        ["time"] => timing::time(driver, &site),
        ["allocations"] => allocations::count(driver, &site),
        ["rotation", seconds] => rotation::watch(&driver, &site, seconds.parse()?),
        ["requests", tokens, built, sent] => requests(driver, &site, tokens, built, sent),
        _ => Err("needs time, allocations, rotation SECONDS, or requests TOKENS BUILT SENT".into()),
    }
}

/// Only does the work, for who counts instructions from outside. More requests are built than sent, so that two runs
/// differ in what is sent alone.
fn requests<B, S, R>(
    mut driver: Driver<B, S>,
    site: &Site,
    tokens: &str,
    built: &str,
    sent: &str,
) -> Result<serde_json::Value, Error>
where
    B: Default,
    S: Service<Request<B>, Response = Response<R>, Error: Debug> + Clone,
{
    let (built, sent) = (built.parse()?, sent.parse()?);
    if tokens == "raw" {
        let signatures = Signatures::new(site, site.seen.iter().cycle().take(built))?;
        signatures.verify(0..sent)?;
    } else {
        let tokens = match tokens {
            "warm" => &site.seen,
            "cold" if site.fresh.len() >= built => &site.fresh,
            _ => return Err("TOKENS is raw, warm, or cold with enough fresh tokens".into()),
        };
        let mut requests = driver.requests(tokens.iter().cycle().take(built));
        let rest = requests.split_off(sent);
        driver.send(requests)?;
        drop(rest);
    }
    Ok(sent.into())
}

/// What is guarded: answers at once, with an empty body.
pub fn handler<B, R: Default>() -> impl Service<
    Request<B>,
    Response = Response<R>,
    Error = Infallible,
    Future = Ready<Result<Response<R>, Infallible>>,
> + Clone
+ Send
+ Sync {
    service_fn(|_: Request<B>| ready(Ok(Response::default())))
}
