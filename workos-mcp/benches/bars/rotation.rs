//! Whom the guard refuses while keys come and go, and while there are none to be had.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode};
use futures_util::future::join_all;
use tokio::runtime::Runtime;
use tower::Service;
use workos_mcp::Limits;

use crate::{
    issuer::Issuer,
    key::Key,
    layer::{Headers, Routes, request},
    table::{Bar, Reading},
};

/// Tokens of each key that come again and again.
const KNOWN: usize = 1000;
/// What each of two threads has out at the same time, by tokens that come again and by tokens that were never seen.
const AGAIN: usize = 48;
const FIRST: usize = 4;
/// So short that a set of keys is old long before the outage ends.
const KEY_REFRESH: Duration = Duration::from_secs(5);

/// What is so for some time.
struct Phase {
    name: &'static str,
    lasts: Duration,
    /// Whose tokens are good.
    good: Vec<usize>,
    is_outage: bool,
    /// Over as soon as keys were fetched.
    until_fetched: bool,
}

impl Phase {
    fn new(name: &'static str, seconds: u64, good: &[usize]) -> Self {
        Self {
            name,
            lasts: Duration::from_secs(seconds),
            good: good.to_vec(),
            is_outage: false,
            until_fetched: false,
        }
    }

    fn outage(self) -> Self {
        Self {
            is_outage: true,
            ..self
        }
    }

    fn until_fetched(self) -> Self {
        Self {
            until_fetched: true,
            ..self
        }
    }
}

/// A key with those of its tokens that come again and again.
struct Signer<'k> {
    key: &'k Key,
    known: Vec<Headers>,
}

#[derive(Default)]
struct Tally {
    requests: AtomicUsize,
    refused: AtomicUsize,
}

/// `rotation`
pub(crate) fn refused(runtime: &Runtime) -> Vec<Reading> {
    let issuer = Issuer::start(runtime);
    let mut limits = Limits::default();
    limits.key_refresh = KEY_REFRESH;
    let provider = issuer.provider().limits(limits).build().unwrap();
    let mut routes = Routes::new(&provider);
    routes.warm_up(runtime, &issuer.token(0));
    let next = Key::new(1);
    let signers = [&issuer.key, &next].map(|key| Signer {
        key,
        known: (0..KNOWN)
            .map(|number| Headers::new(&issuer.token_by(key, number)))
            .collect(),
    });
    let site = Site {
        issuer: &issuer,
        signers,
        first: AtomicUsize::new(KNOWN),
        routes,
    };

    let phases = [
        Phase::new("one key", 2, &[0]),
        Phase::new("a second key", 6, &[0, 1]),
        Phase::new("the first key withdrawn", 10, &[1]),
        Phase::new("no keys to be had", 60, &[1]).outage(),
        // The pauses between fetches that fail become longer, up to half a minute.
        Phase::new("keys to be had again", 35, &[1]).until_fetched(),
    ];
    let mut readings = Vec::new();
    let mut all = 0;
    for phase in &phases {
        let asked = issuer.requests();
        let tally = site.run(runtime, phase);
        let asked = issuer.requests() - asked;
        all += tally.requests.load(Ordering::Relaxed);
        let reading = |what: &str, value, bar| Reading {
            benchmark: "rotation",
            what: format!("{}: {what}", phase.name),
            value,
            bar,
        };
        let refused = tally.refused.load(Ordering::Relaxed);
        readings.push(reading("refused", number(refused), Bar::AtMost(0.0)));
        let asked = number(usize::try_from(asked).unwrap());
        // Without any it would have passed unnoticed that there were no keys, or that there are some again.
        let fetches = if phase.is_outage || phase.until_fetched {
            Bar::AtLeast(1.0)
        } else {
            Bar::None
        };
        readings.push(reading("fetches of keys", asked, fetches));
        if phase.good == [1] {
            let still = site.accepts_withdrawn(runtime);
            readings.push(reading(
                "of a withdrawn key, accepted",
                number(still),
                Bar::AtMost(0.0),
            ));
        }
    }
    readings.push(Reading {
        benchmark: "rotation",
        what: "requests with tokens that are good".to_owned(),
        value: number(all),
        bar: Bar::None,
    });
    readings
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

struct Site<'s> {
    issuer: &'s Issuer,
    signers: [Signer<'s>; 2],
    /// The number of the next token that was never seen.
    first: AtomicUsize,
    routes: Routes,
}

impl Site<'_> {
    /// The keys change, and both cores send.
    fn run(&self, runtime: &Runtime, phase: &Phase) -> Tally {
        let tally = Tally::default();
        self.publish(phase);
        let end = Instant::now() + phase.lasts;
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| runtime.block_on(self.send(phase, end, &tally)));
            }
        });
        tally
    }

    fn publish(&self, phase: &Phase) {
        if phase.is_outage {
            self.issuer.withhold();
        } else {
            let keys: Vec<_> = phase.good.iter().map(|at| self.signers[*at].key).collect();
            self.issuer.publish(&keys);
        }
    }

    async fn send(&self, phase: &Phase, end: Instant, tally: &Tally) {
        let mut router = self.routes.guarded.clone();
        let mut round = 0;
        let asked = self.issuer.requests();
        let is_over =
            || Instant::now() >= end || phase.until_fetched && self.issuer.requests() > asked;
        while !is_over() {
            let signers = phase.good.iter().map(|at| &self.signers[*at]);
            let mut answers = Vec::new();
            for signer in signers {
                for number in 0..AGAIN {
                    let known = &signer.known[(round * AGAIN + number) % KNOWN];
                    answers.push(router.call(request(known)));
                }
                for _ in 0..FIRST {
                    let number = self.first.fetch_add(1, Ordering::Relaxed);
                    let token = self.issuer.token_by(signer.key, number);
                    answers.push(router.call(request(&Headers::new(&token))));
                }
            }
            let answers = join_all(answers).await;
            tally.requests.fetch_add(answers.len(), Ordering::Relaxed);
            let refused = answers.into_iter().filter(|answer| {
                !answer
                    .as_ref()
                    .is_ok_and(|response| response.status() == StatusCode::OK)
            });
            tally.refused.fetch_add(refused.count(), Ordering::Relaxed);
            if phase.good == [1] {
                // Some go on with what is good no more; which is no reason to refuse the others.
                self.accepted(&mut router, &self.signers[0].known[round % KNOWN])
                    .await;
            }
            round += 1;
        }
    }

    /// How many tokens are let in that must not be, of a key that the issuer has withdrawn.
    fn accepts_withdrawn(&self, runtime: &Runtime) -> usize {
        let mut router = self.routes.guarded.clone();
        runtime.block_on(async {
            let mut accepted = 0;
            for headers in &self.signers[0].known {
                accepted += usize::from(self.accepted(&mut router, headers).await);
            }
            accepted
        })
    }

    async fn accepted(&self, router: &mut Router, headers: &Headers) -> bool {
        let answer = router.call(request(headers)).await;
        answer.is_ok_and(|response| response.status() == StatusCode::OK)
    }
}
