//! What the guard leaves of rmcp's rate of calls over loopback.

use std::time::Duration;

use tokio::runtime::Runtime;

use crate::{
    client::Protocol,
    issuer::Issuer,
    load::Load,
    rounds::fastest_tenth,
    server::{Server, guarded, plain},
    table::{Bar, Reading},
};

const CLIENTS: usize = 16;
const ROUNDS: usize = 60;
const ROUND: Duration = Duration::from_millis(150);

/// `tools_call`
pub(crate) fn rates(runtime: &Runtime) -> Vec<Reading> {
    let issuer = Issuer::start(runtime);
    let provider = issuer.provider().build().unwrap();
    let tokens = issuer.tokens(CLIENTS);
    let readings = Protocol::ALL.into_iter().flat_map(|protocol| {
        let plain = Server::start("plain", plain(protocol));
        let guarded = Server::start("guarded", guarded(protocol, &provider));
        // The token goes to both: reading so much more of a request is not what the guard costs.
        let [mut plain, mut guarded] = [plain, guarded].map(|server| {
            let mut load = Load::new(server, protocol);
            load.connect(&tokens);
            load
        });
        of_protocol(protocol, &mut plain, &mut guarded)
    });
    readings.collect()
}

fn of_protocol(protocol: Protocol, plain: &mut Load, guarded: &mut Load) -> Vec<Reading> {
    let [without, with] = fastest_tenth(
        ROUNDS,
        [&mut || plain.round(ROUND), &mut || guarded.round(ROUND)],
    );
    let reading = |what: String, value, bar| Reading {
        benchmark: "tools_call",
        what: format!("{}: {what}", protocol.name()),
        value,
        bar,
    };
    let told = |what: String, value| reading(what, value, Bar::None);
    let mut readings = vec![
        reading(
            "rate with ÷ without".to_owned(),
            without / with,
            Bar::AtLeast(0.97),
        ),
        told("calls a second".to_owned(), 1e9 / with),
        told(
            "CPU time with ÷ without".to_owned(),
            guarded.cpu_time_of_call() / plain.cpu_time_of_call(),
        ),
    ];
    for (load, name) in [(plain, "without"), (guarded, "with")] {
        let latencies = load.latencies().map(|latency| latency.as_secs_f64() * 1e3);
        for (place, latency) in ["median", "99th percentile"].iter().zip(latencies) {
            readings.push(told(format!("{place} in ms {name}"), latency));
        }
    }
    readings
}
