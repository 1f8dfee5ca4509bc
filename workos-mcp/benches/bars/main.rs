//! What the guard costs, beside the check of a signature, which nothing can go below; and what it may cost.
//!
//! `cargo bench -p workos-mcp --bench bars` prints the table, and exits with 1 when a bar is missed; with names of
//! benchmarks behind `--`, only theirs.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

mod client;
mod counts;
mod greeter;
mod issuer;
mod key;
mod layer;
mod load;
mod memory;
mod million;
mod peers;
mod rotation;
mod rounds;
mod rules;
mod server;
mod table;
mod tools_call;
mod verify;

use std::{collections::BTreeSet, env, process::ExitCode};

use tokio::runtime::{self, Runtime};

use self::table::Reading;

type Benchmark = fn(&Runtime) -> Vec<Reading>;

const BENCHMARKS: [(&str, Benchmark); 9] = [
    ("layer_warm", layer::warm),
    ("layer_warm_contended", layer::contended),
    ("verify_cold", verify::cold),
    ("rule_warm", rules::warm),
    ("counts", counts::counted),
    ("layer_warm_1m", million::warm),
    ("tools_call", tools_call::rates),
    ("rotation", rotation::refused),
    ("peers", peers::fastest),
];

/// What a profile shows where a bar is missed.
const PROFILES: [(&str, &str); 4] = [
    (
        "layer_warm",
        "flat: a quarter is the tag of the token, an eighth a dozen look-ups of headers, the rest two clocks, two allocations, \
         the task-local, the host, and what the request and its future take to be moved",
    ),
    (
        "layer_warm_contended",
        "besides, both threads count references to one provider, twice a request, and to one session, and take one lock",
    ),
    (
        "tools_call",
        "flat: the guard a third, the wrapper a third (rmcp builds the tools' router twice a call, with their rules), allocations a \
         third; in sessions also the HMAC of the id, and a head that waits for the decision",
    ),
    (
        "peers",
        "a cold token costs its signature, which the fastest peer checks with the same library, and a tenth; the peer costs a half \
         more than the signature. Warm, it is `layer_warm`",
    ),
];

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    // What cargo itself adds begins with a dash.
    let wanted: Vec<_> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let _inside = runtime.enter();
    if let [counted, operation, times] = &*args
        && counted == counts::COUNTED
    {
        counts::run(operation, times.parse().unwrap(), &runtime);
        return ExitCode::SUCCESS;
    }
    let mut missed = BTreeSet::new();
    for (name, benchmark) in BENCHMARKS {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| *wanted == name) {
            continue;
        }
        for reading in benchmark(&runtime) {
            println!("{reading}");
            missed.extend((!reading.is_met()).then_some(reading.benchmark));
        }
    }
    for (name, profile) in PROFILES {
        if missed.contains(name) {
            println!("{name}: {profile}");
        }
    }
    if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
