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

use std::{env, process::ExitCode};

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

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    // What cargo itself adds begins with a dash.
    let wanted: Vec<_> = env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
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
    let mut missed = 0;
    for (name, benchmark) in BENCHMARKS {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| *wanted == name) {
            continue;
        }
        for reading in benchmark(&runtime) {
            println!("{reading}");
            missed += usize::from(!reading.is_met());
        }
    }
    if missed == 0 {
        ExitCode::SUCCESS
    } else {
        println!("{missed} missed");
        ExitCode::FAILURE
    }
}
