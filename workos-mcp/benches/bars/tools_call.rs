//! What the guard leaves of rmcp's rate of calls over loopback.

use std::time::Duration;

use tokio::runtime::Runtime;

use crate::{
    client::Protocol,
    issuer::Issuer,
    load::Load,
    rounds::fastest_tenth,
    server::{Server, guarded, layered, plain},
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
        let servers = [
            Server::start("plain", plain(protocol)),
            Server::start("layered", layered(protocol, &provider)),
            Server::start("guarded", guarded(protocol, &provider)),
        ];
        // The token goes to all of them: reading so much more of a request is not what the guard costs.
        let loads = servers.map(|server| {
            let mut load = Load::new(server, protocol);
            load.connect(&tokens);
            load
        });
        of_protocol(protocol, loads)
    });
    readings.collect()
}

fn of_protocol(protocol: Protocol, mut loads: [Load; 3]) -> Vec<Reading> {
    let [plain, layered, guarded] = &mut loads;
    let [without, behind_layer, with_rules] = fastest_tenth(
        ROUNDS,
        [
            &mut || plain.round(ROUND),
            &mut || layered.round(ROUND),
            &mut || guarded.round(ROUND),
        ],
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
            "rate with the layer ÷ without".to_owned(),
            without / behind_layer,
            Bar::AtLeast(0.97),
        ),
        told(
            "  the same with a guarded tool".to_owned(),
            without / with_rules,
        ),
    ];
    let cpu_time = loads[0].cpu_time_of_call();
    for (load, name) in loads.iter_mut().zip(["without", "layer", "guarded tool"]) {
        let [median, slow] = load.latencies().map(|latency| latency.as_secs_f64() * 1e3);
        readings.push(told(format!("  median in ms, {name}"), median));
        readings.push(told(format!("  99th percentile in ms, {name}"), slow));
        let cpu = load.cpu_time_of_call() / cpu_time;
        readings.push(told(format!("  CPU time of a call, {name}"), cpu));
    }
    readings
}
