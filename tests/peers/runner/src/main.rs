//! Builds every measured program, runs them in turn, and prints what came out; see the script `run`.

mod issuer;
mod program;
mod table;
mod tokens;

use std::{env, process::ExitCode, thread};

use harness::{Error, Site};
use serde_json::json;
use tokio::runtime::Runtime;

use self::{
    issuer::Issuer,
    program::{Allocations, Package, Program, Refusals, Times},
    table::Table,
};

const OURS: Package = Package {
    name: "ours",
    library: "workos-mcp",
    note: "",
};
const PEERS: [Package; 6] = [
    Package {
        name: "peer-jwt-authorizer",
        library: "jwt-authorizer",
        note: "",
    },
    Package {
        name: "peer-axum-jwt-auth",
        library: "axum-jwt-auth",
        note: "",
    },
    Package {
        name: "peer-tower-oauth2-resource-server",
        library: "tower-oauth2-resource-server",
        note: "",
    },
    Package {
        name: "peer-tower-oauth2-resource-server-aws-lc-rs",
        library: "tower-oauth2-resource-server",
        note: ", aws-lc-rs",
    },
    Package {
        name: "peer-turbomcp-auth",
        library: "turbomcp-auth",
        note: "",
    },
    Package {
        name: "peer-rust-mcp-extra",
        library: "rust-mcp-extra",
        note: "",
    },
];

/// Runs of each program, in turn, whose median counts.
const RUNS: usize = 7;
const ROTATION_SECONDS: u64 = 75;

/// One program and what is known of it so far.
struct Row {
    package: Package,
    program: Result<Program, Error>,
    times: Vec<Times>,
    instructions: Option<Result<Instructions, Error>>,
    allocations: Option<Result<Allocations, Error>>,
    rotation: Option<Result<(Refusals, usize), Error>>,
}

struct Instructions {
    raw: f64,
    cold: f64,
    warm: f64,
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => everything(),
        ["bars"] => bars(),
        _ => Err("takes no argument, or bars".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bars() -> Result<(), Error> {
    let runtime = Runtime::new()?;
    let mut rows = rows(false);
    let (ours, peers) = sites(&runtime.block_on(Issuer::start())?)?;
    time(&mut rows, &ours, &peers)?;

    let [cold, warm] = rows[0].own_times()?;
    let best = rows[1..]
        .iter()
        .filter_map(|row| Some((row.package, row.time()?)))
        .min_by(|(_, left), (_, right)| left.total_cmp(right));
    let Some((best, time)) = best else {
        return Err("none of the peers can be measured; see what is said of them above".into());
    };
    let line = json!({
        "cold": time / cold, "warm": time / warm,
        "best": format!("{}{}", best.library, best.note),
    });
    println!("{line}");
    Ok(())
}

fn everything() -> Result<(), Error> {
    let runtime = Runtime::new()?;
    let mut rows = rows(true);
    let (ours, peers) = sites(&runtime.block_on(Issuer::start())?)?;
    time(&mut rows, &ours, &peers)?;
    for row in &mut rows {
        let Ok(program) = &row.program else { continue };
        let site = if row.package.name == OURS.name {
            &ours
        } else {
            &peers
        };
        eprintln!("counting in {}", row.package.name);
        row.allocations = Some(program.allocations(site));
        row.instructions = Some(instructions(program, site));
    }
    rotate(&mut rows, &runtime)?;
    print!(
        "{}",
        Table::new(&rows, peers.seen.first().map_or(0, String::len))?
    );
    Ok(())
}

fn rows(counting: bool) -> Vec<Row> {
    [OURS]
        .into_iter()
        .chain(PEERS)
        .map(|package| Row::new(package, counting))
        .collect()
}

/// What ours is told, and what the peers are: they keep no verified tokens, so to them every request is the first.
fn sites(issuer: &Issuer) -> Result<(Site, Site), Error> {
    let ours = Site {
        fresh: issuer.fresh_tokens()?,
        ..issuer.site()?
    };
    Ok((ours, issuer.site()?))
}

/// In turn, so that what others do on this machine meets all of them.
fn time(rows: &mut [Row], ours: &Site, peers: &Site) -> Result<(), Error> {
    for run in 1..=RUNS {
        eprintln!("timing, run {run} of {RUNS}");
        for row in &mut *rows {
            let Ok(program) = &row.program else { continue };
            let site = if row.package.name == OURS.name {
                ours
            } else {
                peers
            };
            match program.time(site) {
                Ok(times) => {
                    eprintln!("{}: {times:?}", row.package.name);
                    row.times.push(times);
                }
                Err(error) => row.program = Err(format!("cannot be measured: {error}").into()),
            }
        }
    }
    rows[0].own_times().map(|_| ())
}

fn instructions(program: &Program, site: &Site) -> Result<Instructions, Error> {
    // Two runs differ by some 600,000 instructions in how they gather entropy, which has to vanish among the requests.
    const FEW: u64 = 500;
    const MANY: u64 = 4000;

    let raw = program.instructions(site, "raw", FEW)?;
    if site.fresh.is_empty() {
        let warm = program.instructions(site, "warm", FEW)?;
        return Ok(Instructions {
            raw,
            cold: warm,
            warm,
        });
    }
    Ok(Instructions {
        raw,
        cold: program.instructions(site, "cold", FEW)?,
        warm: program.instructions(site, "warm", MANY)?,
    })
}

/// All at the same time: they do little, and it takes long.
fn rotate(rows: &mut [Row], runtime: &Runtime) -> Result<(), Error> {
    eprintln!("watching a rotation of keys for {ROTATION_SECONDS} seconds");
    let mut issuers = Vec::new();
    for _ in &*rows {
        let issuer = runtime.block_on(Issuer::start())?;
        let site = issuer.site()?;
        issuers.push((issuer, site));
    }
    thread::scope(|scope| {
        for (row, (issuer, site)) in rows.iter_mut().zip(&issuers) {
            let Ok(program) = &row.program else { continue };
            let rotation = &mut row.rotation;
            scope.spawn(move || {
                *rotation = Some(program.rotation(site, issuer, ROTATION_SECONDS));
            });
        }
    });
    Ok(())
}

impl Row {
    fn new(package: Package, counting: bool) -> Self {
        let program = package.build(counting).map_err(|error| {
            eprintln!("{} cannot be built: {error}", package.name);
            format!("cannot be built: {error}").into()
        });
        Self {
            package,
            program,
            times: Vec::new(),
            instructions: None,
            allocations: None,
            rotation: None,
        }
    }

    /// Of a peer, as a multiple of the bare signature check.
    fn time(&self) -> Option<f64> {
        median(self.times.iter().map(|times| times.warm))
    }

    /// Of ours, with a token never seen and with one seen before.
    fn own_times(&self) -> Result<[f64; 2], Error> {
        if let Err(error) = &self.program {
            return Err(format!("{}: {error}", self.package.name).into());
        }
        let cold = median(self.times.iter().map(|times| times.cold));
        Ok([
            cold.ok_or("nothing was timed")?,
            self.time().ok_or("nothing was timed")?,
        ])
    }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
