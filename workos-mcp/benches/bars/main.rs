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

/// What a profile shows where a bar is missed, and why it is missed.
const PROFILES: [(&str, &str); 4] = [
    (
        "layer_warm",
        "flat: a fifth is the tag of the token, a fifteenth the clock and the look at the headers each, the rest two allocations, the \
         task-local, the cache, the host, and what the request and its future take to be moved",
    ),
    (
        "layer_warm_contended",
        "besides, both threads count references to one session, and take one lock of the cache",
    ),
    (
        "tools_call",
        "without sessions rmcp answers in JSON, in one packet, and the guard has no packet to save. To 169,000 instructions it adds some \
         10,000, half of them in the layer and half in the wrapper of the handler: a fifth copies requests and futures, and no other part is more than a tenth; \
         0.97 leaves half of that for both. A server runs each of them once in a call, from further away than `layer_warm` does",
    ),
    (
        "peers",
        "cold: the bar leaves 1.09 bare checks for a whole request, as the fastest peer takes 1.48, and `verify_cold` alone takes 1.09, with the \
         signature checked once and the claims parsed once. Warm: the bar leaves 0.037 for a whole request, and the guard alone takes that (`layer_warm`), a fifth of it \
         for a tag instead of a token that would stay in memory; the request itself takes 0.01",
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
