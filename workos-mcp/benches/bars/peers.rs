//! Others that check tokens in front of a server, beside this one: `tests/peers`, a workspace of its own.

use std::{path::Path, process::Command};

use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::table::{Bar, Reading};

/// What `tests/peers/run bars` prints: the fastest peer's time as a multiple of ours.
#[derive(Deserialize)]
struct Fastest {
    best: String,
    cold: f64,
    warm: f64,
}

/// `peers`. Builds them first, which takes long the first time.
pub(crate) fn fastest(_: &Runtime) -> Vec<Reading> {
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers/run");
    // Of cargo's variables those of this workspace mean nothing in the other one.
    let printed = Command::new(run)
        .arg("bars")
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&printed.stdout);
    let Some(Ok(Fastest { best, cold, warm })) = said.lines().last().map(serde_json::from_str)
    else {
        unreachable!(
            "the peers were not measured: {}",
            String::from_utf8_lossy(&printed.stderr)
        );
    };
    let reading = |kind, value, bar| Reading {
        benchmark: "peers",
        what: format!("time of {best}, of ours {kind}"),
        value,
        bar: Bar::AtLeast(bar),
    };
    vec![reading("cold", cold, 1.35), reading("warm", warm, 40.0)]
}
