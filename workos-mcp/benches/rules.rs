//! What a rule costs a call whose answer is known already.
//!
//! The bars: `rule_warm` ≤ 1 µs, `authority_warm` ≤ 300 ns. They are printed first, as the time that a tenth of
//! the rounds undercut, since what others do on this machine only ever adds.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use workos_mcp::__bench::Ruled;

/// Calls in one round, so that reading the clock does not count.
const CALLS: u32 = 1000;

fn fastest_tenth(call: impl Fn() -> bool) -> Duration {
    let mut rounds: Vec<_> = (0..200)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                assert!(black_box(call()));
            }
            start.elapsed() / CALLS
        })
        .collect();
    rounds.sort_unstable();
    rounds[rounds.len() / 10]
}

fn benchmarks(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let _inside = runtime.enter();
    let ruled = Ruled::new();
    println!(
        "rule_warm {:?} (bar 1µs), authority_warm {:?} (bar 300ns)",
        fastest_tenth(|| ruled.rule()),
        fastest_tenth(|| ruled.authority()),
    );
    criterion.bench_function("rule_warm", |bench| bench.iter(|| ruled.rule()));
    criterion.bench_function("authority_warm", |bench| bench.iter(|| ruled.authority()));
}

criterion_group!(rules, benchmarks);
criterion_main!(rules);
