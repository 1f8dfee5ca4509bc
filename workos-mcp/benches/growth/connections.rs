//! With the number of connections.

use std::{env, process::Command, time::Duration};

use tokio::runtime::Runtime;

use crate::{
    client::Protocol,
    issuer::Issuer,
    load::Load,
    memory::resident_bytes,
    rounds::median,
    server::{Server, guarded, plain},
};

/// What a process is told that measures one row: each has memory of its own.
pub(crate) const ROW: &str = "--connections";

const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(200);

pub(crate) fn print(_: &Runtime) {
    println!(
        "calls of 2026-07-28 over loopback, server on one core; memory of both ends of a connection"
    );
    println!(
        "{:>11} {:>9} {:>9} {:>8} {:>19} {:>19} {:>17}",
        "connections",
        "calls/s",
        "guarded",
        "÷",
        "median / 99 % in ms",
        "guarded",
        "KiB each, guarded"
    );
    for count in [1, 4, 16, 64, 256, 1024] {
        // Four ends to each, which is more than a process may have open unless it asks.
        let row = Command::new("sh")
            .args(["-c", "ulimit -n \"$(ulimit -Hn)\" && exec \"$0\" \"$@\""])
            .arg(env::current_exe().unwrap())
            .args([ROW, &count.to_string()])
            .status();
        assert!(row.is_ok_and(|row| row.success()));
    }
}

pub(crate) fn print_row(runtime: &Runtime, count: u32) {
    let protocol = Protocol::Of2026;
    let issuer = Issuer::start(runtime);
    let provider = issuer.provider().build().unwrap();
    let tokens = issuer.tokens(usize::try_from(count).unwrap());
    let (first, others) = tokens.split_first().unwrap();
    let servers = [
        Server::start("plain", plain(protocol)),
        Server::start("guarded", guarded(protocol, &provider)),
    ];
    let mut loads = servers.map(|server| Load::new(server, protocol));
    // What a server needs for anybody at all.
    for load in &mut loads {
        load.connect(std::slice::from_ref(first));
    }
    let memory = loads.each_mut().map(|load| {
        let before = resident_bytes();
        load.connect(others);
        let grown = resident_bytes().saturating_sub(before) / 1024;
        grown.checked_div(u64::from(count) - 1)
    });
    let [plain, guarded] = &mut loads;
    let rates = median(
        ROUNDS,
        [&mut || plain.round(ROUND), &mut || guarded.round(ROUND)],
    );
    let [without, with] = rates.map(|nanoseconds| 1e9 / nanoseconds);
    let [fast, fast_guarded] = [plain.latencies(), guarded.latencies()].map(|[middle, high]| {
        let [middle, high] = [middle, high].map(|latency| latency.as_secs_f64() * 1e3);
        format!("{middle:.2} / {high:.2}")
    });
    let ratio = with / without;
    let memory = memory.map(|memory| memory.map_or_else(|| "–".to_owned(), |kib| kib.to_string()));
    println!(
        "{count:>11} {without:>9.0} {with:>9.0} {ratio:>8.3} {fast:>19} {fast_guarded:>19} {:>17}",
        memory.join(", ")
    );
}
