//! Instructions, which do not depend on what else the machine does: counted by callgrind, in processes of their own.

use std::{
    env,
    hint::black_box,
    process::{Command, Stdio},
};

use tokio::runtime::Runtime;

use crate::{
    issuer::Issuer,
    layer::{Headers, Routes, call},
    table::{Bar, Reading},
    verify::{BATCH, Bare, Unseen},
};

/// What a process is told that is to be counted: this, the name of an operation, and how often.
pub(crate) const COUNTED: &str = "--counted";

/// Runs an operation so many times, and nothing that the number of times would change.
pub(crate) fn run(operation: &str, times: usize, runtime: &Runtime) {
    let issuer = Issuer::start(runtime);
    let provider = issuer.provider().build().unwrap();
    let token = issuer.token(0);
    let headers = Headers::new(&token);
    let mut routes = Routes::new(&provider);
    routes.warm_up(runtime, &token);
    match operation {
        "bare" => {
            let bare = Bare::new(&issuer, &token);
            (0..times).for_each(|_| bare.check());
        }
        "plain" => (0..times).for_each(|_| call(&mut routes.plain, &headers)),
        "guarded" => (0..times).for_each(|_| call(&mut routes.guarded, &headers)),
        "unseen" => {
            let unseen = Unseen::new(runtime, &issuer, &provider);
            for _ in 0..times / BATCH {
                unseen.forget();
                unseen.check_all();
            }
        }
        _ => unreachable!("{operation} is no operation"),
    }
    black_box(times);
}

/// `layer_warm` and `verify_cold`
pub(crate) fn counted(_: &Runtime) -> Vec<Reading> {
    let bare = each("bare", 32);
    let reading = |benchmark, value, bar| Reading {
        benchmark,
        what: "instructions, of a bare signature check".to_owned(),
        value: value / bare,
        bar: Bar::AtMost(bar),
    };
    vec![
        reading(
            "layer_warm",
            each("guarded", 2048) - each("plain", 2048),
            0.04,
        ),
        reading("verify_cold", each("unseen", 128), 1.12),
    ]
}

/// The instructions of one of them, from two runs that differ in nothing but their number.
fn each(operation: &str, times: usize) -> f64 {
    let [few, many] = [times, 5 * times].map(|times| f64::from(count(operation, times)));
    (many - few) / (4.0 * f64::from(u32::try_from(times).unwrap()))
}

fn count(operation: &str, times: usize) -> u32 {
    let counted = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().unwrap())
        .args([COUNTED, operation, &times.to_string()])
        .stdin(Stdio::null())
        .output()
        .expect("instructions are counted by valgrind, which is to be installed");
    let said = String::from_utf8_lossy(&counted.stderr);
    let collected = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    match collected.filter(|_| counted.status.success()) {
        Some((_, instructions)) => instructions.trim().parse().unwrap(),
        None => panic!("valgrind counted nothing of {operation}: {said}"),
    }
}
