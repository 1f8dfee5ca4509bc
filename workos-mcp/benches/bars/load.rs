//! A server and those who call it.

use std::time::{Duration, Instant};

use tokio::{
    runtime::{self, Runtime},
    task::JoinSet,
};

use crate::{
    client::{Client, Protocol},
    server::Server,
};

/// Clients on the core that the server leaves.
pub(crate) struct Load {
    server: Server,
    protocol: Protocol,
    clients: Vec<Client>,
    runtime: Runtime,
    latencies: Vec<Duration>,
    cpu_time: Duration,
}

impl Load {
    /// Nobody yet.
    pub(crate) fn new(server: Server, protocol: Protocol) -> Self {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            server,
            protocol,
            clients: Vec::new(),
            runtime,
            latencies: Vec::new(),
            cpu_time: Duration::ZERO,
        }
    }

    /// As many more clients as tokens.
    pub(crate) fn connect(&mut self, tokens: &[String]) {
        self.runtime.block_on(async {
            for token in tokens {
                let client = Client::connect(self.server.address, self.protocol, token);
                self.clients.push(client.await);
            }
        });
    }

    /// All of them call, each as soon as it is answered; returns the time in which one was answered.
    pub(crate) fn round(&mut self, duration: Duration) -> Duration {
        let before = self.server.cpu_time();
        let start = Instant::now();
        let mut calling = JoinSet::new();
        let mut count = 0;
        self.runtime.block_on(async {
            for mut client in self.clients.drain(..) {
                let calls = async move {
                    let mut latencies = Vec::new();
                    while start.elapsed() < duration {
                        let start = Instant::now();
                        client.call().await;
                        latencies.push(start.elapsed());
                    }
                    (client, latencies)
                };
                calling.spawn(calls);
            }
            while let Some(called) = calling.join_next().await {
                let (client, latencies) = called.unwrap();
                self.clients.push(client);
                count += u32::try_from(latencies.len()).unwrap();
                self.latencies.extend(latencies);
            }
        });
        let elapsed = start.elapsed();
        self.cpu_time += self.server.cpu_time().saturating_sub(before);
        elapsed / count
    }

    /// What of the server's core a call took, in all rounds, in nanoseconds.
    pub(crate) fn cpu_time_of_call(&self) -> f64 {
        let calls = f64::from(u32::try_from(self.latencies.len()).unwrap());
        self.cpu_time.as_secs_f64() * 1e9 / calls
    }

    /// Median and 99th percentile of all rounds.
    pub(crate) fn latencies(&mut self) -> [Duration; 2] {
        self.latencies.sort_unstable();
        [50, 99].map(|percent| self.latencies[self.latencies.len() * percent / 100])
    }
}
