//! A request with one of a million tokens, and what remembering them takes.

use std::{
    ptr, thread,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;
use workos_mcp::{__bench::Verification, Limits, Principal, Provider};

use crate::{
    issuer::Issuer,
    layer::{Headers, Routes, call},
    memory::resident_bytes,
    rounds::{each, fastest_tenth},
    table::{Bar, Reading},
    verify::Bare,
};

const TOKENS: usize = 1_000_000;
/// The cache divides its room among parts of itself, of which some get more than their share.
const ROOM: usize = TOKENS / 10 * 12;
/// The room that a provider has by default.
const LITTLE: usize = 100_000;
const CALLS: usize = 100;
/// From one token to the next: no divisor of their number, and too far for a processor that looks ahead.
const STRIDE: usize = 611_953;
/// One in so many is looked at more closely.
const SAMPLE: usize = 100;

/// `layer_warm_1m`
pub(crate) fn warm(runtime: &Runtime) -> Vec<Reading> {
    let issuer = Issuer::start(runtime);
    let tokens = issuer.tokens(TOKENS);
    let mut readings = of_little_room(runtime, &issuer, &tokens);
    readings.extend(of_room_for_all(runtime, &issuer, &tokens));
    readings
}

fn of_room_for_all(runtime: &Runtime, issuer: &Issuer, tokens: &[String]) -> Vec<Reading> {
    let provider = with_room(issuer, ROOM);
    let mut routes = Routes::new(&provider);
    routes.warm_up(runtime, &tokens[0]);
    let before = resident_bytes();
    let sample = verify_all(&provider, tokens);
    let grown = resident_bytes() - before;
    let hits = still_remembered(&provider, tokens, &sample);

    let bare = Bare::new(issuer, &tokens[0]);
    let (mut places, mut other_places) = (places(TOKENS), places(TOKENS));
    let mut plain = routes.plain.clone();
    let [plain, guarded, bare] = fastest_tenth(
        1000,
        [
            &mut || {
                scattered(tokens, &mut places, |headers| {
                    call(&mut plain, headers);
                })
            },
            &mut || {
                scattered(tokens, &mut other_places, |headers| {
                    call(&mut routes.guarded, headers);
                })
            },
            &mut || each(20, || bare.check()),
        ],
    );
    let hit_share = number(hits) / number(sample.len());
    vec![
        reading(
            "time, of a bare signature check",
            (guarded - plain) / bare,
            Bar::AtMost(0.15),
        ),
        reading(
            "share of the tokens that is remembered",
            hit_share,
            Bar::AtLeast(1.0),
        ),
        reading(
            "bytes held for each",
            bytes(grown) / number(TOKENS),
            Bar::None,
        ),
    ]
}

/// Ten times as many tokens as are to be remembered take no more memory than those that are.
fn of_little_room(runtime: &Runtime, issuer: &Issuer, tokens: &[String]) -> Vec<Reading> {
    let provider = with_room(issuer, LITTLE);
    Routes::new(&provider).warm_up(runtime, &tokens[0]);
    let before = resident_bytes();
    verify_all(&provider, &tokens[..LITTLE]);
    let filled = resident_bytes();
    verify_all(&provider, &tokens[LITTLE..]);
    let grown = resident_bytes().saturating_sub(filled);
    vec![
        reading(
            "memory of a full cache, in MiB",
            bytes(filled - before) / bytes(1 << 20),
            Bar::None,
        ),
        reading(
            "growth when ten times as many come than fit",
            bytes(grown) / bytes(filled - before),
            Bar::AtMost(0.25),
        ),
    ]
}

pub(crate) fn with_room(issuer: &Issuer, verified_tokens: usize) -> Provider {
    let mut limits = Limits::default();
    limits.verified_tokens = verified_tokens;
    issuer.provider().limits(limits).build().unwrap()
}

/// By all cores; returns some of those who were let in, in the order of their tokens.
fn verify_all(provider: &Provider, tokens: &[String]) -> Vec<Principal> {
    let verification = Verification::of(provider);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = tokens.len().div_ceil(threads).next_multiple_of(SAMPLE);
    thread::scope(|scope| {
        let verifying: Vec<_> = tokens
            .chunks(share)
            .map(|tokens| {
                let verification = &verification;
                scope.spawn(move || {
                    let mut sample = Vec::new();
                    for (number, token) in tokens.iter().enumerate() {
                        let principal = verification.check(token).unwrap();
                        if number.is_multiple_of(SAMPLE) {
                            sample.push(principal);
                        }
                    }
                    sample
                })
            })
            .collect();
        let verified = verifying.into_iter().map(|thread| thread.join().unwrap());
        verified.flatten().collect()
    })
}

/// How many of the sample are told from memory: then it is the very same that was made when the token was verified.
fn still_remembered(provider: &Provider, tokens: &[String], sample: &[Principal]) -> usize {
    let verification = Verification::of(provider);
    tokens
        .iter()
        .step_by(SAMPLE)
        .zip(sample)
        .filter(|(token, before)| {
            let now = verification.check(token);
            match (now, before) {
                (Some(Principal::User(now)), Principal::User(before)) => {
                    ptr::eq(now.user_id(), before.user_id())
                }
                _ => false,
            }
        })
        .count()
}

/// All of so many, in an order that looks like none.
pub(crate) fn places(count: usize) -> impl Iterator<Item = usize> {
    (0..count)
        .cycle()
        .map(move |number| number * STRIDE % count)
}

/// The time of a call, whose token came with it, as from a socket, and is not what has to be looked up in memory.
pub(crate) fn scattered(
    tokens: &[String],
    places: &mut impl Iterator<Item = usize>,
    mut call: impl FnMut(&Headers),
) -> Duration {
    let requests: Vec<_> = places
        .take(CALLS)
        .map(|place| Headers::new(&tokens[place]))
        .collect();
    let start = Instant::now();
    requests.iter().for_each(&mut call);
    start.elapsed() / u32::try_from(CALLS).unwrap()
}

fn reading(what: &str, value: f64, bar: Bar) -> Reading {
    Reading {
        benchmark: "layer_warm_1m",
        what: what.to_owned(),
        value,
        bar,
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// As a number that can be divided; to the KiB.
fn bytes(count: u64) -> f64 {
    f64::from(u32::try_from(count >> 10).unwrap()) * 1024.0
}
